// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/ask/ask_screen.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

constexpr int least_columns = 20;

void add_words(std::vector<std::string>& lines, const std::string& text, std::size_t columns) {
  std::string line;
  for (const std::string& word : split(text, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > columns) {
      lines.push_back(std::exchange(line, {}));
    }
    line += (line.empty() ? "" : " ") + word;
  }
  lines.push_back(line);
}

std::string go_to(std::size_t row) { return fmt::format("\x1b[{};1H", row); }

/// Black on white: the colours that have numbers, and those without may have been changed to one and the same by the
/// guest. A terminal that does not know them leaves the text in its usual ones.
constexpr std::string_view highlight = "\x1b[0;30;47m\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m";

/// Over the whole width, so that it is seen on any screen; of usual size (DECSWL).
std::string draw(const std::vector<std::string>& lines, std::size_t first_row, std::size_t columns) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += go_to(first_row + i) + "\x1b#5" + std::string(highlight) + lines[i] +
            std::string(columns - lines[i].size(), ' ') + "\x1b[0m";
  }
  return text;
}

std::string erase(std::size_t count, std::size_t first_row) {
  std::string text = "\x1b[0m";
  for (std::size_t i = 0; i < count; ++i) {
    text += go_to(first_row + i) + "\x1b[2K";
  }
  return text;
}

}  // namespace

std::vector<std::string> ask_lines(const PosedQuestion& posed, std::size_t columns) {
  std::vector<std::string> lines;
  add_words(lines, "agentbox: may this session connect to", columns);
  const std::string destination = fmt::format("{}:{}", posed.question.name.text(), posed.question.port);
  for (std::size_t at = 0; at < destination.size(); at += columns - 2) {
    lines.push_back("  " + destination.substr(at, columns - 2));
  }
  if (posed.last_chance) {
    add_words(lines, "If not, nothing more is asked in this session.", columns);
  }
  add_words(lines, fmt::format("[o]nce [s]ession [a]lways, in this project [d]eny ({} s)", posed.time.count()),
            columns);
  return lines;
}

std::optional<AskScreen> ask_screen(const PosedQuestion& posed, const TerminalModes& modes, TerminalSize size) {
  if (size.columns < least_columns) {
    return std::nullopt;
  }
  const auto columns = static_cast<std::size_t>(size.columns);
  const auto lines = ask_lines(posed, columns);
  if (lines.size() + 1 > static_cast<std::size_t>(std::max(size.rows, 0))) {
    return std::nullopt;
  }
  if (!modes.on_alternate_screen()) {
    return AskScreen{TerminalModes::interrupting_sequence() + "\x1b[?1049h" + TerminalModes::neutral_sequence() +
                         "\x1b[2J" + draw(lines, 1, columns),
                     modes.program_sequence() + "\x1b[?1049l", AskScreen::After::as_before};
  }
  const std::size_t first_row = static_cast<std::size_t>(size.rows) - lines.size() + 1;
  return AskScreen{TerminalModes::interrupting_sequence() +
                       "\x1b"
                       "7" +
                       TerminalModes::neutral_sequence() + draw(lines, first_row, columns),
                   erase(lines.size(), first_row) + modes.program_sequence() +
                       "\x1b"
                       "8",
                   AskScreen::After::repaint};
}

}  // namespace agentbox
