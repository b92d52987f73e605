// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/seed_template.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace agentbox {
namespace {

struct Placeholder {
  std::string_view word;
  std::string SeedValues::*value;
};
constexpr std::array<Placeholder, 6> placeholders{{{"project", &SeedValues::project},
                                                   {"home", &SeedValues::home},
                                                   {"base_url", &SeedValues::base_url},
                                                   {"key", &SeedValues::key},
                                                   {"key_tail20", &SeedValues::key_tail20},
                                                   {"model", &SeedValues::model}}};

/// What is rendered: a seed file, or the value of a variable.
struct Source {
  std::string what;  ///< for messages: "seed file .x/y"
  std::string_view content;
  SeedFile::Format format;
  enum class Lines { counted, one } lines = Lines::counted;
};

Source source_of(const SeedFile& seed) { return {"seed file " + seed.path, seed.content, seed.format}; }
Source source_of(const std::string& name, std::string_view value) {
  return {"variable " + name, value, SeedFile::Format::text, Source::Lines::one};
}

/// The word of a placeholder that begins here, or nothing.
std::optional<std::string_view> placeholder_at(std::string_view rest) {
  if (!rest.starts_with('{') || rest.size() < 3 || rest[1] < 'a' || rest[1] > 'z') return std::nullopt;
  const std::size_t end = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", 1);
  if (end == std::string_view::npos || rest[end] != '}') return std::nullopt;
  return rest.substr(1, end - 1);
}

/// Follows a json, toml or yaml file character by character, just closely enough to know what is between double quotes.
/// TOML's """ needs no case of its own: it reads as an empty string and the begin (or end) of another.
class QuoteTracker {
 public:
  explicit QuoteTracker(SeedFile::Format format) : format_(format) {}

  [[nodiscard]] bool may_substitute() const { return format_ == SeedFile::Format::text || state_ == State::string; }

  void advance(char c) {
    switch (state_) {
      case State::outside:
        if (c == '"') state_ = State::string;
        if (c == '\'' && format_ != SeedFile::Format::json) state_ = State::literal;
        if (c == '#' && format_ != SeedFile::Format::json) state_ = State::comment;
        break;
      case State::string:
        if (c == '"') state_ = State::outside;
        if (c == '\\') state_ = State::escape;
        break;
      case State::escape:
        state_ = State::string;
        break;
      case State::literal:
        if (c == '\'') state_ = State::outside;
        break;
      case State::comment:
        if (c == '\n') state_ = State::outside;
        break;
    }
  }

 private:
  enum class State { outside, string, escape, literal, comment };
  SeedFile::Format format_;
  State state_ = State::outside;
};

/// Content in between (word empty), or a placeholder.
struct Piece {
  std::string_view content;
  const Placeholder* placeholder = nullptr;
};

Error error_in(const Source& source, std::size_t offset, std::string_view message, std::string hint) {
  const std::string_view before = source.content.substr(0, offset);
  const std::string line = source.lines == Source::Lines::one
                               ? std::string()
                               : fmt::format(", line {}", std::count(before.begin(), before.end(), '\n') + 1);
  return Error(ErrorKind::config, fmt::format("{}{}: {}", source.what, line, message), std::move(hint));
}

const Placeholder& known_placeholder(const Source& source, std::size_t offset, std::string_view word) {
  const auto found =
      std::find_if(placeholders.begin(), placeholders.end(), [&](const auto& p) { return p.word == word; });
  if (found == placeholders.end())
    throw error_in(source, offset, fmt::format("unknown placeholder {{{}}}", word.substr(0, 40)),
                   "known ones: {project}, {home}, {base_url}, {key}, {key_tail20}, {model}");
  return *found;
}

std::vector<Piece> parse(const Source& source) {
  const std::string_view content = source.content;
  QuoteTracker quotes(source.format);
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < content.size();) {
    const auto word = placeholder_at(content.substr(at));
    if (!word) {
      quotes.advance(content[at++]);
      continue;
    }
    const Placeholder& placeholder = known_placeholder(source, at, *word);
    if (!quotes.may_substitute())
      throw error_in(source, at, fmt::format("{{{}}} stands outside double quotes", *word),
                     fmt::format("write \"{{{}}}\"", *word));
    pieces.push_back({content.substr(begin, at - begin)});
    pieces.push_back({{}, &placeholder});
    begin = at += word->size() + 2;
  }
  pieces.push_back({content.substr(begin)});
  return pieces;
}

/// For the inside of a JSON string, a TOML basic string or a YAML one in double quotes: \uXXXX means the same in all.
std::string escape_for_quotes(std::string_view value) {
  std::string result;
  while (!value.empty()) {
    const Utf8Character character = first_utf8_character(value);
    const std::string_view bytes = value.substr(0, character.length);
    value.remove_prefix(character.length);
    if (!character.code)
      result += "\xEF\xBF\xBD";
    else if (*character.code < 0x20 || *character.code == 0x7F || *character.code == '"' || *character.code == '\\')
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(*character.code));
    else
      result += bytes;
  }
  return result;
}

std::string value_for(const Source& source, const Placeholder& placeholder, const SeedValues& values) {
  const std::string& value = values.*placeholder.value;
  if (source.format != SeedFile::Format::text) return escape_for_quotes(value);
  if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
    throw Error(ErrorKind::config,
                fmt::format("{}: the value of {{{}}} holds a control character", source.what, placeholder.word),
                "text cannot express it: rename the project directory");
  return value;
}

std::string render(const Source& source, const SeedValues& values) {
  std::string result;
  for (const Piece& piece : parse(source)) {
    result += piece.content;
    if (piece.placeholder) result += value_for(source, *piece.placeholder, values);
  }
  return result;
}

}  // namespace

std::string key_tail(std::string_view key) {
  constexpr std::size_t length = 20;
  return std::string(key.substr(key.size() > length ? key.size() - length : 0));
}

void check_seed(const SeedFile& seed) { static_cast<void>(parse(source_of(seed))); }

std::string render_seed(const SeedFile& seed, const SeedValues& values) { return render(source_of(seed), values); }

void check_variable(const std::string& name, const std::string& value) {
  static_cast<void>(parse(source_of(name, value)));
}

std::string render_variable(const std::string& name, const std::string& value, const SeedValues& values) {
  return render(source_of(name, value), values);
}

bool holds_key(const std::string& value) {
  return value.find("{key}") != std::string::npos || value.find("{key_tail20}") != std::string::npos;
}

}  // namespace agentbox
