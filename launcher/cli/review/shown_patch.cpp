// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/shown_patch.hpp"

#include "core/text.hpp"

namespace agentbox {
namespace {

constexpr std::size_t longest_shown_field = 16384;
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view cyan = "\x1b[36m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view bold_blue = "\x1b[1;34m";
constexpr std::string_view plain = "\x1b[m";

// Tabs are common and harmless.
std::string fit_for_terminal(std::string_view line) {
  std::string shown;
  for (const auto& field : split(line, '\t')) {
    (shown += shown.empty() ? "" : "\t") += escape_untrusted(field, longest_shown_field);
  }
  return shown;
}

std::string painted(const std::string& line, std::string_view with, Color color) {
  return color == Color::off || with.empty() || line.empty() ? line : std::string(with) + line + std::string(plain);
}

// What a line of a body begins with says what it is: contents stand behind a sign.
std::string_view color_of(std::string_view line) {
  switch (line.empty() ? ' ' : line.front()) {
    case '@':
      return cyan;
    case '+':
      return green;
    case '-':
      return red;
    default:
      return {};
  }
}

template <class Paint>
std::string each_line(std::string_view text, Paint paint) {
  std::string shown;
  while (!text.empty()) {
    const auto end = text.find('\n');
    shown += paint(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return shown;
}

}  // namespace

std::string shown_header(const PatchFile& file, Color color) {
  return each_line(file.header, [&](std::string_view line) { return painted(fit_for_terminal(line), bold, color); });
}

std::string shown_hunks(std::string_view hunks, Color color) {
  return each_line(hunks, [&](std::string_view line) { return painted(fit_for_terminal(line), color_of(line), color); });
}

std::string shown_patch(const PatchFile& file, Color color) { return shown_header(file, color) + shown_hunks(file.body, color); }

std::string shown_question(const std::string& text, Color color) { return painted(text, bold_blue, color); }

}  // namespace agentbox
