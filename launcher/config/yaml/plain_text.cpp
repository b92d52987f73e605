// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/plain_text.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace agentbox {
namespace {

struct Utf8Form {
  unsigned mask;  // of the first byte
  unsigned lead;  // what the masked first byte must be
  std::size_t length;
  char32_t smallest;  // anything below is an overlong form
};

constexpr std::array<Utf8Form, 4> utf8_forms{{
    {0x80, 0x00, 1, 0x0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
}};

unsigned byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

bool is_scalar_value(char32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

std::optional<char32_t> decode(std::string_view text, const Utf8Form& form) {
  if (text.size() < form.length) return std::nullopt;
  char32_t code = byte_at(text, 0) & ~form.mask;
  for (std::size_t i = 1; i < form.length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return std::nullopt;
    code = (code << 6U) | (byte_at(text, i) & 0x3FU);
  }
  if (code < form.smallest || !is_scalar_value(code)) return std::nullopt;
  return code;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code <= 0x9F); }

/// Characters that are not seen but change the order in which the others are ("Trojan Source"), and U+FEFF.
bool is_invisible_mark(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F ||
         code == 0x061C || code == 0xFEFF;
}

bool is_allowed_control(std::string_view rest) {
  return rest[0] == '\n' || rest[0] == '\t' || rest.starts_with("\r\n");
}

}  // namespace

Utf8Character first_utf8_character(std::string_view text) {
  for (const Utf8Form& form : utf8_forms) {
    if ((byte_at(text, 0) & form.mask) != form.lead) continue;
    if (const auto code = decode(text, form)) return {form.length, code};
    break;
  }
  return {1, std::nullopt};
}

std::optional<BadCharacter> find_bad_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const Utf8Character character = first_utf8_character(rest);
    if (!character.code) return BadCharacter{at, fmt::format("byte 0x{:02X}, which is not UTF-8", byte_at(rest, 0))};
    const auto number = static_cast<unsigned>(*character.code);
    if (is_control(*character.code) && !is_allowed_control(rest))
      return BadCharacter{at, fmt::format("control character U+{:04X}", number)};
    if (is_invisible_mark(*character.code)) return BadCharacter{at, fmt::format("invisible mark U+{:04X}", number)};
    at += character.length;
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", escape_untrusted(text, longest_quotation)); }

}  // namespace agentbox
