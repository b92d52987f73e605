// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workspace/changes/text_diff.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agentbox {

/// A hunk as the user has rewritten it: what becomes of the old text there. Numbers are of rows.
struct HunkEdit {
  std::vector<std::size_t> removed;                           ///< rows of the old text that go
  std::vector<std::pair<std::size_t, std::string>> inserted;  ///< in order; each before that row
};

/// What the user gets into the editor: the hunk, and how to change it. Its first and last lines are ours, so that no
/// line of a guest's is where editors look for settings.
std::string text_to_edit(const DiffRows& rows, const Hunk& hunk);

/// Reads it back: lines with "#" in front do not count, nor do those of "@@". The lines with " " and "-" must be those
/// of the old text. Throws Error{usage} with the line that is wrong.
HunkEdit read_edited(const DiffRows& rows, const Hunk& hunk, std::string_view text);

/// Whether nothing is left in it: the user does not want to edit after all.
bool is_empty_edit(std::string_view text);

/// The old text with the changes of these hunks, and of those that were edited as they were.
std::string with_edits(const DiffRows& rows, const std::vector<Hunk>& chosen, const std::vector<HunkEdit>& edited);

}  // namespace agentbox
