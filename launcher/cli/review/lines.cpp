// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/lines.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {

std::string titled_lines(const std::string& title, const std::vector<std::string>& lines) {
  constexpr std::size_t most_lines = 20;
  std::string text;
  for (std::size_t line = 0; line < std::min(lines.size(), most_lines); ++line) {
    text += "  " + escape_untrusted(lines[line], 1024) + "\n";  // paths are a guest's
  }
  return lines.empty() ? "" : title + "\n" + text + (lines.size() > most_lines ? fmt::format("  and {} more\n", lines.size() - most_lines) : "");
}

}  // namespace agentbox
