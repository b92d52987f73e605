// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/hunk_edit.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace agentbox {
namespace {

constexpr std::string_view above_the_hunk =
    "# Edit this hunk: what is left of it is applied, and the rest waits.\n"
    "#\n"
    "# To leave a '-' line as it is in the project, make it a ' ' line.\n"
    "# To leave a '+' line out, remove it. New '+' lines can be added.\n"
    "# Lines with '#' in front do not count.\n"
    "#\n";
constexpr std::string_view below_the_hunk =
    "#\n"
    "# The ' ' and '-' lines together must stay what the project has.\n"
    "# If nothing is left but lines like this one, the hunk is asked\n"
    "# about again.\n"
    "#\n"
    "#\n";

bool is_old(const DiffRow& row) { return row.kind != DiffRow::Kind::added; }

std::string_view without_newline(std::string_view line) {
  return line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
}

/// The lines that count.
std::vector<std::string> lines_that_count(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) {
    lines.pop_back();
  }
  std::erase_if(lines, [](const std::string& line) { return line.starts_with('#') || line.starts_with("@@"); });
  return lines;
}

Error wrong(std::size_t number, const std::string& line, const std::string& why) {
  return Error(ErrorKind::usage,
               "line " + std::to_string(number) + " of the hunk, \"" + escape_untrusted(line, 80) + "\": " + why);
}

}  // namespace

std::string text_to_edit(const DiffRows& rows, const Hunk& hunk) {
  return std::string(above_the_hunk) + hunk_text(rows, hunk) + std::string(below_the_hunk);
}

bool is_empty_edit(std::string_view text) {
  const auto lines = lines_that_count(text);
  return std::all_of(lines.begin(), lines.end(), [](const std::string& line) { return trim(line).empty(); });
}

HunkEdit read_edited(const DiffRows& rows, const Hunk& hunk, std::string_view text) {
  HunkEdit edit;
  std::size_t row = hunk.begin;
  const auto to_old_row = [&] {
    while (row < hunk.end && !is_old(rows[row])) {
      ++row;
    }
  };
  to_old_row();
  std::size_t number = 0;
  for (const std::string& line : lines_that_count(text)) {
    ++number;
    const char sign = line.empty() ? ' ' : line.front();  // editors take the blank at the end of an empty line away
    const std::string_view content = line.empty() ? std::string_view() : std::string_view(line).substr(1);
    if (sign == '+') {
      edit.inserted.emplace_back(row, std::string(content) + "\n");
    } else if (sign == '\\') {
      // Of the line before it: it has no newline. Of the old text that is known.
      if (!edit.inserted.empty() && edit.inserted.back().first == row && edit.inserted.back().second.ends_with('\n')) {
        edit.inserted.back().second.pop_back();
      }
    } else if (sign == ' ' || sign == '-') {
      if (row == hunk.end || without_newline(rows[row].line) != content) {
        throw wrong(number, line,
                    row == hunk.end ? "the project has no such line there" : "the project has another line there");
      }
      if (sign == '-') {
        edit.removed.push_back(row);
      }
      ++row;
      to_old_row();
    } else {
      throw wrong(number, line, "it begins with none of ' ', '-', '+'");
    }
  }
  if (row != hunk.end) {
    throw wrong(number + 1, std::string(without_newline(rows[row].line)), "this line of the project is missing");
  }
  return edit;
}

std::string with_edits(const DiffRows& rows, const std::vector<Hunk>& chosen, const std::vector<HunkEdit>& edited) {
  std::vector<char> stays(rows.size(), 0);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    stays[row] = is_old(rows[row]) ? 1 : 0;
  }
  for (const auto& hunk : chosen) {
    for (std::size_t row = hunk.begin; row < hunk.end; ++row) {
      stays[row] = rows[row].kind != DiffRow::Kind::removed ? 1 : 0;
    }
  }
  std::vector<std::string> before(rows.size() + 1);
  for (const auto& [removed, inserted] : edited) {
    for (const std::size_t row : removed) {
      stays[row] = 0;
    }
    for (const auto& [row, line] : inserted) {
      before[row] += line;
    }
  }
  std::string text;
  const auto put = [&](std::string_view line) {
    if (!line.empty() && !text.empty() && text.back() != '\n') {
      text += '\n';  // what was the last line has something behind it now
    }
    text += line;
  };
  for (std::size_t row = 0; row <= rows.size(); ++row) {
    put(before[row]);
    if (row < rows.size() && stays[row] != 0) {
      put(rows[row].line);
    }
  }
  return text;
}

}  // namespace agentbox
