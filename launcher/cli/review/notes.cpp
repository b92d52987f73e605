// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/review/chosen.hpp"
#include "core/text.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;

constexpr std::size_t most_notes = 200;

std::string note_path(const std::string& path) { return escape_untrusted(path, 400); }

bool has_mode(const NodeState& state) { return state.kind == Kind::file || state.kind == Kind::directory; }

// A mode that differs in bits other than the one that git keeps.
bool changes_mode_unseen(const Change& change) {
  const bool executable_changes = (change.before.mode & 0100U) != (change.after.mode & 0100U) && change.after.kind == Kind::file;
  return change.before.kind == change.after.kind && has_mode(change.after) && change.before.mode != change.after.mode && !executable_changes;
}

std::optional<std::string> unseen_in_patch(const Change& change) {
  if (changes_mode_unseen(change)) {
    return fmt::format("mode {:04o} -> {:04o}: {}", change.before.mode, change.after.mode, note_path(change.path));
  }
  if (change.after.kind == Kind::directory && change.before.kind != Kind::directory) {
    return "new directory: " + note_path(change.path);
  }
  if (change.before.kind == Kind::directory && change.after.kind == Kind::absent) {
    return "directory gone: " + note_path(change.path);
  }
  return std::nullopt;
}

class Notes {
 public:
  void add(const std::string& line) {
    if (++count_ <= most_notes) {
      text_ += line + "\n";
    }
  }
  std::string take() {
    if (count_ > most_notes) {
      text_ += fmt::format("and {} more notes\n", count_ - most_notes);
    }
    return std::move(text_);
  }

 private:
  std::string text_;
  std::size_t count_ = 0;
};

}  // namespace

std::string notes_on(const ChangeSet& set, const std::vector<Change>& changes) {
  Notes notes;
  std::size_t in_git = 0;
  for (const auto& change : changes) {
    if (is_in_git_directory(change.path)) {
      ++in_git;
    } else if (const auto unseen = unseen_in_patch(change); unseen && (changes_mode_unseen(change) || !has_changes_below(changes, change.path))) {
      notes.add(*unseen);  // a directory is shown by what is in it
    }
    if (!waits(change)) {
      continue;
    }
    if (const auto held = reason_to_hold(change, set.project)) {
      notes.add("held back unless named: " + note_path(change.path) + " (" + *held + ")");
    }
    if (change.meanwhile == Change::Meanwhile::changed && !is_git_index(change.path)) {
      notes.add("conflict: " + note_path(change.path) + " was changed on this machine while the session ran");
    }
  }
  if (in_git > 0) {
    notes.add(fmt::format("{} more change{} in .git, not shown", in_git, in_git == 1 ? "" : "s"));
  }
  if (!set.left_out.empty()) {
    notes.add("left out (--review-ignored has them, too): " + describe(set.left_out));
  }
  if (!set.too_big.empty()) {
    notes.add("too big or too deep, not brought out: " + describe_paths(set.too_big));
  }
  if (!set.closed.empty()) {
    notes.add("stays as it is, since the session could not see what is in it: " + describe_paths(set.closed));
  }
  for (const auto& path : set.odd) {
    notes.add("not brought out: " + note_path(path) + " (neither file, directory nor link)");
  }
  return notes.take();
}

}  // namespace agentbox
