// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace agentbox::broker {

/// Where the first of two characters stands; the text's size when there is neither. string_view::find_first_of() makes
/// a call for each byte; this makes two for each block, however often the characters come.
inline std::size_t find_either(std::string_view text, char one, char other) {
  constexpr std::size_t block = 256;
  for (std::size_t at = 0; at < text.size(); at += block) {
    const std::string_view part = text.substr(at, block);
    const std::size_t found = std::min(part.find(one), part.find(other));
    if (found != std::string_view::npos) return at + found;
  }
  return text.size();
}

}  // namespace agentbox::broker
