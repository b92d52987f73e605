// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
namespace agentbox {

/// The first character of a text. length is how many bytes it takes (1 for a byte that is not UTF-8).
struct Utf8Character {
  std::size_t length = 0;
  std::optional<char32_t> code;  ///< no value: not UTF-8 (truncated, overlong, a surrogate, beyond U+10FFFF)
};

/// text must not be empty.
Utf8Character first_utf8_character(std::string_view text);

/// Whether text is the beginning of a character, and not all of it: more bytes can make it one.
bool is_cut_utf8_character(std::string_view text);

/// U+0000 to U+001F, DEL, and the C1 controls U+0080 to U+009F.
constexpr bool is_control_character(char32_t code) { return code < 0x20 || (code >= 0x7F && code <= 0x9F); }

/// Marks that are not seen and reorder the line that a user reads: "gpj.exe" would be shown as "exe.jpg".
constexpr bool is_bidirectional_mark(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace agentbox
