// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/host_name.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace agentbox {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035: 255 in its form on the wire
constexpr std::size_t kLongestLabel = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), is_label_character);
}

std::string_view last_label(std::string_view name) { return name.substr(name.rfind('.') + 1); }

bool ends_with_label(std::string_view name, std::string_view suffix) {
  return name == suffix ||
         (name.size() > suffix.size() && name.ends_with(suffix) && name[name.size() - suffix.size() - 1] == '.');
}

/// Suffixes below which strangers register names. Not the public suffix list: only what people write by mistake.
bool is_registry_suffix(std::string_view suffix) {
  const auto dot = suffix.find('.');
  if (dot == std::string_view::npos) {
    return true;
  }
  constexpr std::array<std::string_view, 10> second{"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"};
  const bool two_labels = suffix.find('.', dot + 1) == std::string_view::npos;
  return two_labels && suffix.size() - dot - 1 == 2 &&
         std::find(second.begin(), second.end(), suffix.substr(0, dot)) != second.end();
}

Error bad_pattern(std::string_view text, std::string_view reason, std::string hint) {
  return {ErrorKind::usage, fmt::format("\"{}\" {}", escape_untrusted(text, 80), reason), std::move(hint)};
}

}  // namespace

std::optional<HostName> HostName::parse(std::string_view text) {
  if (text.ends_with('.')) {
    text.remove_suffix(1);
  }
  if (text.empty() || text.size() > kLongestName) {
    return std::nullopt;
  }
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), lower);
  const auto labels = split(name, '.');
  if (!std::all_of(labels.begin(), labels.end(), is_label)) {
    return std::nullopt;
  }
  if (is_digit(last_label(name).front())) {  // inet_aton() reads "127.1", "0x7f000001" and "017700000001" as addresses
    return std::nullopt;
  }
  return HostName(std::move(name));
}

bool HostName::is_local() const {
  constexpr std::array<std::string_view, 5> kept{"localhost", "local", "internal", "home.arpa", "localdomain"};
  return text_.find('.') == std::string::npos ||
         std::any_of(kept.begin(), kept.end(), [&](auto suffix) { return ends_with_label(text_, suffix); });
}

HostPattern HostPattern::parse(std::string_view text) {
  const bool wild = text.starts_with("*.");
  const std::string_view rest = wild ? text.substr(2) : text;
  if (text == "*" || rest.find('*') != std::string_view::npos) {
    throw bad_pattern(text, "is too wide for a rule",
                      "a \"*\" stands only at the beginning, before a name: *.example.org");
  }
  const auto name = HostName::parse(rest);
  if (!name) {
    throw bad_pattern(
        text, "is not the name of a host",
        "write host or *.host, in ASCII (an international name by its xn-- form); an address and its port "
        "belong under \"lan\"");
  }
  if (wild && is_registry_suffix(name->text())) {
    throw bad_pattern(text, "is too wide for a rule", "anybody can register names there; name the organisation's own");
  }
  return {*name, wild ? Reach::below : Reach::exact};
}

bool HostPattern::matches(const HostName& name) const {
  if (reach_ == Reach::exact) {
    return name == name_;
  }
  return name != name_ && ends_with_label(name.text(), name_.text());
}

std::string HostPattern::text() const { return (reach_ == Reach::below ? "*." : "") + name_.text(); }

std::optional<std::uint16_t> parse_port_number(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0' || !std::all_of(text.begin(), text.end(), is_digit)) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text) {
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535 ? std::optional(static_cast<std::uint16_t>(value)) : std::nullopt;
}

std::optional<Authority> parse_authority(std::string_view text) {
  Authority authority;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    authority.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    authority.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (authority.host.empty() || authority.host.find_first_of("@/?#\\%") != std::string::npos) {
    return std::nullopt;
  }
  if (rest.empty()) {
    return authority;
  }
  authority.port = rest.front() == ':' ? parse_port_number(rest.substr(1)) : std::nullopt;
  return authority.port ? std::optional(authority) : std::nullopt;
}

}  // namespace agentbox
