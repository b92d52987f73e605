// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// A character that has no place in a definition: its offset in bytes and what it is, for a message.
struct BadCharacter {
  std::size_t offset = 0;
  std::string description;  ///< "control character U+0007"
};

/// What a reviewer sees in an editor must be what the program reads. So a definition is UTF-8 and holds no control
/// characters (but newline, tab, and a carriage return before a newline), no marks that turn the writing direction
/// and no byte order mark inside.
std::optional<BadCharacter> find_bad_character(std::string_view text);

inline constexpr std::size_t longest_quotation = 80;  ///< of a definition's text in a message, bytes
/// For a message: escaped, at most longest_quotation bytes, in double quotes.
std::string in_quotes(std::string_view text);

}  // namespace agentbox
