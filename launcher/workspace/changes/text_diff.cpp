// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/text_diff.hpp"

#include <algorithm>
#include <unordered_map>

namespace agentbox {
namespace {

constexpr std::size_t context_lines = 3;
constexpr int most_edits = 1500;  // its square is what is remembered: some megabytes

using Numbers = std::vector<int>;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

/// Whether each line stays. Both have as many that do.
struct Kept {
  std::vector<char> before;
  std::vector<char> after;
};

// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the greedy one, with what each round reached remembered.
void mark_common(const Numbers& a, const Numbers& b, std::size_t skip, Kept& kept) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  std::vector<Numbers> rounds;
  Numbers reach(static_cast<std::size_t>(2 * most_edits + 3), 0);
  const auto at = [](int k) { return static_cast<std::size_t>(k + most_edits + 1); };
  const auto goes_down = [&](const Numbers& v, int k, int d) { return k == -d || (k != d && v[at(k - 1)] < v[at(k + 1)]); };
  for (int d = 0; d <= std::min(n + m, most_edits); ++d) {
    rounds.emplace_back(reach.begin() + (most_edits + 1) - d - 1, reach.begin() + (most_edits + 1) + d + 2);
    for (int k = -d; k <= d; k += 2) {
      int x = goes_down(reach, k, d) ? reach[at(k + 1)] : reach[at(k - 1)] + 1;
      while (x < n && x - k < m && x >= 0 && x - k >= 0 && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)]) {
        ++x;
      }
      reach[at(k)] = x;
      if (x < n || x - k < m) {
        continue;
      }
      int y = m;
      for (x = n; d >= 0; --d) {
        const Numbers& round = rounds[static_cast<std::size_t>(d)];
        const auto in_round = [&](int diagonal) { return round[static_cast<std::size_t>(diagonal + d + 1)]; };
        const int diagonal = x - y;
        const bool down = diagonal == -d || (diagonal != d && in_round(diagonal - 1) < in_round(diagonal + 1));
        const int from_x = d == 0 ? 0 : (down ? in_round(diagonal + 1) : in_round(diagonal - 1));
        const int from_y = d == 0 ? 0 : from_x - (down ? diagonal + 1 : diagonal - 1);
        while (x > from_x && y > from_y && x > 0 && y > 0 && a[static_cast<std::size_t>(x - 1)] == b[static_cast<std::size_t>(y - 1)]) {
          --x;
          --y;
          kept.before[skip + static_cast<std::size_t>(x)] = 1;
          kept.after[skip + static_cast<std::size_t>(y)] = 1;
        }
        x = from_x;
        y = from_y;
      }
      return;
    }
  }
}

Kept compare(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after) {
  Kept kept{std::vector<char>(before.size(), 0), std::vector<char>(after.size(), 0)};
  std::size_t first = 0;
  while (first < before.size() && first < after.size() && before[first] == after[first]) {
    kept.before[first] = kept.after[first] = 1;
    ++first;
  }
  std::size_t last = 0;
  while (last < before.size() - first && last < after.size() - first && before[before.size() - 1 - last] == after[after.size() - 1 - last]) {
    kept.before[before.size() - 1 - last] = kept.after[after.size() - 1 - last] = 1;
    ++last;
  }
  std::unordered_map<std::string_view, int> numbers;
  const auto number = [&](std::string_view line) { return numbers.try_emplace(line, static_cast<int>(numbers.size())).first->second; };
  Numbers a;
  Numbers b;
  for (std::size_t line = first; line < before.size() - last; ++line) {
    a.push_back(number(before[line]));
  }
  for (std::size_t line = first; line < after.size() - last; ++line) {
    b.push_back(number(after[line]));
  }
  if (!a.empty() && !b.empty()) {
    mark_common(a, b, first, kept);
  }
  return kept;
}

void put_line(std::string& text, char sign, std::string_view line) {
  (text += sign) += line;
  if (!line.ends_with('\n')) {
    text += "\n\\ No newline at end of file\n";
  }
}

std::string range(std::size_t start, std::size_t count) {
  // Where there is no line, the one before it is named.
  return std::to_string(count == 0 ? start : start + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

std::size_t old_lines(const DiffRow& row) { return row.kind == DiffRow::Kind::added ? 0 : 1; }
std::size_t new_lines(const DiffRow& row) { return row.kind == DiffRow::Kind::removed ? 0 : 1; }
bool is_changed(const DiffRow& row) { return row.kind != DiffRow::Kind::common; }

char sign_of(const DiffRow& row) {
  switch (row.kind) {
    case DiffRow::Kind::removed:
      return '-';
    case DiffRow::Kind::added:
      return '+';
    case DiffRow::Kind::common:
      break;
  }
  return ' ';
}

// A hunk that begins at row, which lies behind at.
Hunk hunk_from(const DiffRows& rows, const Hunk& at, std::size_t begin, std::size_t end) {
  Hunk hunk{.begin = begin, .end = end, .old_line = at.old_line, .new_line = at.new_line};
  for (std::size_t row = at.begin; row < begin; ++row) {
    hunk.old_line += old_lines(rows[row]);
    hunk.new_line += new_lines(rows[row]);
  }
  return hunk;
}

}  // namespace

DiffRows compare_texts(std::string_view before_text, std::string_view after_text) {
  const auto before = lines_of(before_text);
  const auto after = lines_of(after_text);
  const Kept kept = compare(before, after);
  DiffRows rows;
  for (std::size_t i = 0, j = 0; i < before.size() || j < after.size();) {
    if (i < before.size() && kept.before[i] == 0) {
      rows.push_back({DiffRow::Kind::removed, before[i++]});
    } else if (j < after.size() && kept.after[j] == 0) {
      rows.push_back({DiffRow::Kind::added, after[j++]});
    } else {
      rows.push_back({DiffRow::Kind::common, before[i++]});
      ++j;
    }
  }
  return rows;
}

LineCounts count_lines(const DiffRows& rows) {
  LineCounts counts;
  for (const auto& row : rows) {
    counts.removed += row.kind == DiffRow::Kind::removed ? 1U : 0U;
    counts.added += row.kind == DiffRow::Kind::added ? 1U : 0U;
  }
  return counts;
}

std::vector<Hunk> hunks_of(const DiffRows& rows) {
  std::vector<Hunk> hunks;
  Hunk last;
  for (std::size_t row = 0; row < rows.size(); row = last.end) {
    const auto changed = std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(row), rows.end(), is_changed);
    if (changed == rows.end()) {
      break;
    }
    const auto at = static_cast<std::size_t>(changed - rows.begin());
    const std::size_t begin = std::max(row, at - std::min(at, context_lines));
    std::size_t end = at;
    for (std::size_t quiet = 0, look = at; look < rows.size() && quiet <= 2 * context_lines; ++look) {
      quiet = is_changed(rows[look]) ? 0 : quiet + 1;
      end = quiet == 0 ? look + 1 : end;
    }
    last = hunk_from(rows, last, begin, std::min(end + context_lines, rows.size()));
    hunks.push_back(last);
  }
  return hunks;
}

std::vector<Hunk> split_hunk(const DiffRows& rows, const Hunk& hunk) {
  std::vector<Hunk> parts;
  std::size_t begin = hunk.begin;  // of the common lines before a run
  for (std::size_t row = hunk.begin; row < hunk.end;) {
    if (!is_changed(rows[row])) {
      ++row;
      continue;
    }
    std::size_t run_end = row;
    while (run_end < hunk.end && is_changed(rows[run_end])) {
      ++run_end;
    }
    std::size_t end = run_end;
    while (end < hunk.end && !is_changed(rows[end])) {
      ++end;
    }
    parts.push_back(hunk_from(rows, hunk, begin, end));
    begin = run_end;
    row = end;
  }
  return parts;
}

std::string hunk_text(const DiffRows& rows, const Hunk& hunk) {
  std::string body;
  std::size_t old_count = 0;
  std::size_t new_count = 0;
  for (std::size_t row = hunk.begin; row < hunk.end; ++row) {
    put_line(body, sign_of(rows[row]), rows[row].line);
    old_count += old_lines(rows[row]);
    new_count += new_lines(rows[row]);
  }
  return "@@ -" + range(hunk.old_line, old_count) + " +" + range(hunk.new_line, new_count) + " @@\n" + body;
}

TextDiff diff_texts(std::string_view before, std::string_view after) {
  const DiffRows rows = compare_texts(before, after);
  TextDiff diff{.hunks = {}, .counts = count_lines(rows)};
  for (const auto& hunk : hunks_of(rows)) {
    diff.hunks += hunk_text(rows, hunk);
  }
  return diff;
}

}  // namespace agentbox
