// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

struct LineCounts {
  std::size_t added = 0;
  std::size_t removed = 0;
};

/// One line of two texts side by side. A view into one of them, with its newline if it has one.
struct DiffRow {
  enum class Kind { common, removed, added } kind = Kind::common;
  std::string_view line;
};
using DiffRows = std::vector<DiffRow>;

/// Two texts, line by line; they must outlive it. Work is bounded: where texts differ in too much, whole stretches are shown as
/// replaced, which is a correct diff that is longer than need be (docs/decisions/0016).
DiffRows compare_texts(std::string_view before, std::string_view after);
LineCounts count_lines(const DiffRows& rows);

/// A stretch of rows with changes in it, and lines around them that both texts have.
struct Hunk {
  std::size_t begin = 0;  ///< of the rows
  std::size_t end = 0;
  std::size_t old_line = 0;  ///< lines before it, in each text
  std::size_t new_line = 0;
  friend bool operator==(const Hunk&, const Hunk&) = default;
};

/// With three lines of context, as git shows them.
std::vector<Hunk> hunks_of(const DiffRows& rows);
/// One for each run of changed lines in it; lines that lie between two of them are in both.
std::vector<Hunk> split_hunk(const DiffRows& rows, const Hunk& hunk);
/// "@@ -1,3 +1,4 @@\n..." as in a unified diff.
std::string hunk_text(const DiffRows& rows, const Hunk& hunk);

struct TextDiff {
  std::string hunks;  ///< all of them; empty when both texts are the same
  LineCounts counts;
};
TextDiff diff_texts(std::string_view before, std::string_view after);

}  // namespace agentbox
