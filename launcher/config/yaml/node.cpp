// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/node.hpp"

#include "config/yaml/plain_text.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <regex>

namespace agentbox {
namespace {

constexpr std::size_t longest_line = 4096;

/// Booleans of YAML 1.1 and 1.2 alike: whoever writes "no" for Norway must hear about it.
bool looks_like_boolean(const std::string& word) {
  static const std::regex pattern("true|false|yes|no|on|off", std::regex::icase | std::regex::optimize);
  return word.size() <= 5 && std::regex_match(word, pattern);
}

/// Numbers of YAML 1.1 and 1.2: decimal, 0x, 0o, 0b, with underscores, with a fraction or exponent.
bool looks_like_number(const std::string& word) {
  static const std::regex pattern(R"([-+]?(0[xob][0-9a-f_]+|\.?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.inf|\.nan))",
                                  std::regex::icase | std::regex::optimize);
  // std::regex recurses per character: longer words would cost stack, and none of them is meant as a number.
  return word.size() <= 64 && std::regex_match(word, pattern);
}

std::string_view describe(const YamlNode& node) {
  switch (node.kind()) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::quoted:
      return "text";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
    case YamlNode::Kind::plain:
      break;
  }
  if (looks_like_boolean(node.scalar())) return "a boolean";
  return looks_like_number(node.scalar()) ? "a number" : "text";
}

std::string known_keys_hint(const std::string& key, std::span<const std::string> known) {
  std::string hint = fmt::format("known keys here: {}", join(known, ", "));
  if (const std::string match = closest_match(key, known); !match.empty())
    hint = fmt::format("did you mean \"{}\"? {}", match, hint);
  return hint;
}

}  // namespace

std::string YamlPlace::to_string() const {
  return fmt::format("{}:{}:{}", file ? escape_untrusted(*file) : "?", line, column);
}

Error error_at(const YamlPlace& place, std::string_view message, std::string hint) {
  return Error(ErrorKind::config, fmt::format("{}: {}", place.to_string(), message), std::move(hint));
}

YamlNode::YamlNode(Kind kind, YamlPlace place, std::string scalar)
    : kind_(kind), place_(std::move(place)), scalar_(std::move(scalar)) {}
YamlNode::YamlNode(const YamlNode&) = default;
YamlNode::YamlNode(YamlNode&&) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode&) = default;
YamlNode& YamlNode::operator=(YamlNode&&) noexcept = default;
YamlNode::~YamlNode() = default;

void YamlNode::append(YamlNode item) { items_.push_back(std::move(item)); }
void YamlNode::append(YamlNode key, YamlNode value) { entries_.push_back({std::move(key), std::move(value)}); }

Error YamlNode::unexpected(std::string_view wanted, std::string hint) const {
  return error(fmt::format("expected {}, found {}", wanted, describe(*this)), std::move(hint));
}

std::string YamlNode::text() const {
  if (!is_scalar()) throw unexpected("text");
  if (kind_ == Kind::plain && (looks_like_boolean(scalar_) || looks_like_number(scalar_)))
    throw unexpected("text", fmt::format("put it in quotes: {}", in_quotes(scalar_)));
  // The file itself was checked, but an escape like "\0" or "\e" in double quotes makes such characters, too.
  if (const auto bad = find_bad_character(scalar_)) throw error(fmt::format("text with {}", bad->description));
  return scalar_;
}

std::string YamlNode::line() const {
  std::string result = text();
  if (result.empty()) throw error("expected text, found an empty one");
  if (result.find('\n') != std::string::npos)
    throw error("expected one line of text, found several", "a text block that begins with >- is joined to one line");
  if (result.size() > longest_line)
    throw error(fmt::format("text of {} bytes, more than {}", result.size(), longest_line));
  return result;
}

std::string YamlNode::word() const {
  if (!is_scalar()) throw unexpected("one word");
  if (const auto bad = find_bad_character(scalar_)) throw error(fmt::format("text with {}", bad->description));
  if (scalar_.size() > longest_line)
    throw error(fmt::format("text of {} bytes, more than {}", scalar_.size(), longest_line));
  return scalar_;
}

bool YamlNode::boolean() const {
  if (kind_ == Kind::plain && (scalar_ == "true" || scalar_ == "false")) return scalar_ == "true";
  throw unexpected("true or false", is_scalar() ? "write true or false, in lower case and without quotes" : "");
}

int YamlNode::integer(int smallest, int largest) const {
  if (kind_ != Kind::plain) throw unexpected("a whole number", kind_ == Kind::quoted ? "leave out the quotes" : "");
  const std::string_view digits = std::string_view(scalar_).substr(scalar_.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    throw error(fmt::format("expected a whole number, found {}", in_quotes(scalar_)));
  if (digits.size() > 1 && digits[0] == '0')
    throw error(fmt::format("{} begins with a zero", in_quotes(scalar_)),
                "some YAML readers take it as octal: write the number without the zero");
  int value = 0;
  const auto parsed = std::from_chars(scalar_.data(), scalar_.data() + scalar_.size(), value);
  if (parsed.ec != std::errc{} || value < smallest || value > largest)
    throw error(
        fmt::format("{} is not between {} and {}", escape_untrusted(scalar_, longest_quotation), smallest, largest));
  return value;
}

std::span<const YamlNode> YamlNode::items() const {
  if (kind_ != Kind::sequence)
    throw unexpected("a list", kind_ == Kind::null ? "leave the key out, or write []"
                                                   : "write each item as \"- item\" on a line of its own, or [a, b]");
  return items_;
}

std::span<const YamlEntry> YamlNode::entries() const {
  if (kind_ != Kind::mapping)
    throw unexpected("a mapping",
                     kind_ == Kind::null ? "leave the key out, or write {}" : "write \"key: value\" lines");
  return entries_;
}

YamlMapping YamlNode::mapping(std::vector<std::string> known_keys) const& {
  return YamlMapping(*this, std::move(known_keys));
}

YamlMapping::YamlMapping(const YamlNode& node, std::vector<std::string> known_keys)
    : node_(&node), known_keys_(std::move(known_keys)) {
  std::sort(known_keys_.begin(), known_keys_.end());
  for (const YamlEntry& entry : node.entries()) {
    const std::string& key = entry.key.scalar();
    if (!std::binary_search(known_keys_.begin(), known_keys_.end(), key))
      throw entry.key.error(fmt::format("unknown key {}", in_quotes(key)), known_keys_hint(key, known_keys_));
  }
}

const YamlEntry* YamlMapping::find_entry(std::string_view key) const {
  if (std::find(known_keys_.begin(), known_keys_.end(), key) == known_keys_.end())
    throw Error(ErrorKind::internal, fmt::format("the key \"{}\" is read but not listed as known", key));
  const auto entries = node_->entries();
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.key.scalar() == key; });
  return found == entries.end() ? nullptr : &*found;
}

const YamlNode* YamlMapping::find(std::string_view key) const {
  const YamlEntry* entry = find_entry(key);
  return entry ? &entry->value : nullptr;
}

const YamlNode& YamlMapping::required(std::string_view key) const {
  if (const YamlNode* value = find(key)) return *value;
  throw node_->error(fmt::format("the key \"{}\" is missing", key));
}

const YamlEntry& YamlMapping::exactly_one_of(std::vector<std::string> keys) const {
  const YamlEntry* found = nullptr;
  for (const std::string& key : keys) {
    const YamlEntry* entry = find_entry(key);
    if (entry && found)
      throw entry->key.error(fmt::format("\"{}\" and \"{}\" exclude each other", found->key.scalar(), key));
    if (entry) found = entry;
  }
  if (found) return *found;
  throw node_->error(fmt::format("one of these keys is needed: {}", join(keys, ", ")));
}

}  // namespace agentbox
