// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/plain_text.hpp"

#include "core/text.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

/// Characters that are not seen but change the order in which the others are ("Trojan Source"), and U+FEFF.
bool is_invisible_mark(char32_t code) { return is_bidirectional_mark(code) || code == 0xFEFF; }

bool is_allowed_control(std::string_view rest) {
  return rest[0] == '\n' || rest[0] == '\t' || rest.starts_with("\r\n");
}

}  // namespace

std::optional<BadCharacter> find_bad_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const Utf8Character character = first_utf8_character(rest);
    if (!character.code) return BadCharacter{at, fmt::format("byte 0x{:02X}, which is not UTF-8", byte_at(rest, 0))};
    const auto number = static_cast<unsigned>(*character.code);
    if (is_control_character(*character.code) && !is_allowed_control(rest))
      return BadCharacter{at, fmt::format("control character U+{:04X}", number)};
    if (is_invisible_mark(*character.code)) return BadCharacter{at, fmt::format("invisible mark U+{:04X}", number)};
    at += character.length;
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", escape_untrusted(text, longest_quotation)); }

}  // namespace agentbox
