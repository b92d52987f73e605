// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// One word for a POSIX shell: plain when it holds only safe characters, else in single quotes.
/// Any byte but NUL survives. Throws Error{usage} on NUL.
std::string shell_quote(std::string_view word);

/// The words joined by spaces, each quoted.
std::string shell_join(std::span<const std::string> words);

/// Makes text from a guest (or any hostile source) fit to print on the user's terminal: control characters,
/// DEL, C1 and invalid UTF-8 become \xNN; newline and tab too. At most max_bytes of output, then "...".
std::string escape_untrusted(std::string_view text, std::size_t max_bytes = 4096);

/// Names that become file names and guest host names: 1 to 63 of [a-z0-9], then also [._+-]. No "..", no leading dot.
bool is_plain_name(std::string_view text);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// Lower-case hexadecimal.
std::string to_hex(std::span<const unsigned char> bytes);

/// What a hexadecimal digit of either case stands for, or -1 for any other character.
int hex_digit(char c);

/// The entry of candidates closest to word by edit distance, or empty when none is near: for "did you mean".
std::string closest_match(std::string_view word, std::span<const std::string> candidates);

}  // namespace agentbox
