// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace agentbox::broker {

/// Where the first of two characters stands; the text's size when there is neither. string_view::find_first_of() makes
/// a call for each byte; this makes two for each block. Blocks grow from a small one: where the characters are near little is
/// looked at in vain, where they are far there are few calls. Name the one first that comes more often.
inline std::size_t find_either(std::string_view text, char one, char other) {
  for (std::size_t at = 0, block = 64; at < text.size(); at += block, block *= 2) {
    const std::string_view part = text.substr(at, block);
    const std::size_t first = std::min(part.find(one), part.size());
    const std::size_t found = std::min(first, part.substr(0, first).find(other));
    if (found < part.size()) return at + found;
  }
  return text.size();
}

}  // namespace agentbox::broker
