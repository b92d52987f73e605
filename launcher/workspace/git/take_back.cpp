// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/take_back.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/git/plumbing.hpp"

namespace agentbox {
namespace {

bool is_checked_out(const GitPlumbing& git, const std::string& ref) {
  for (const auto& line : split(git.run({"worktree", "list", "--porcelain", "-z"}), '\0')) {
    if (line == "branch " + ref) {
      return true;
    }
  }
  return false;
}

std::string short_ref(const std::string& ref) { return escape_untrusted(ref.starts_with("refs/heads/") ? ref.substr(11) : ref, 200); }

[[noreturn]] void moved_on(const MadeCommit& made, const std::string& how) {
  throw Error(ErrorKind::usage, short_ref(made.ref) + " " + how + " since agentbox made commit " + made.commit.substr(0, 12),
              "nothing was taken back; git revert, git reset or git branch -D do it");
}

// Before anything is touched.
void check_commits(const GitPlumbing& git, const std::vector<MadeCommit>& commits) {
  std::string at_head = git.head_commit().value_or("");
  for (auto made = commits.rbegin(); made != commits.rend(); ++made) {
    if (made->where == MadeCommit::Where::checkout) {
      if (git.head_ref() != made->ref || at_head != made->commit) {
        moved_on(*made, "has moved on");
      }
      at_head = made->parent;
      continue;
    }
    const auto commit = git.commit_at(made->ref);
    if (commit && *commit != made->commit) {
      moved_on(*made, "has moved on");
    }
    if (commit && is_checked_out(git, made->ref)) {
      moved_on(*made, "was checked out");
    }
  }
}

/// What a commit changed: what its paths were before, and what it made of them.
struct CommitEntries {
  GitEntries before;
  GitEntries after;
};

CommitEntries entries_of_commit(const GitPlumbing& git, const std::string& commit) {
  CommitEntries entries;
  // ":OLDMODE NEWMODE OLD NEW STATUS" NUL PATH NUL
  const auto fields = split(git.run({"diff-tree", "-r", "-z", "--root", "--raw", "--no-renames", "--no-commit-id", "--full-index", commit}), '\0');
  for (std::size_t field = 0; field + 1 < fields.size(); field += 2) {
    const auto words = split(fields[field], ' ');
    if (words.size() < 4) {
      continue;
    }
    const auto entry = [](const std::string& mode, const std::string& object) { return GitEntry{mode == "000000" ? "0" : mode, object}; };
    entries.before[fields[field + 1]] = entry(words[0].substr(1), words[2]);
    entries.after[fields[field + 1]] = entry(words[1], words[3]);
  }
  return entries;
}

void take_back_commit(const GitPlumbing& git, const MadeCommit& made) {
  if (made.where == MadeCommit::Where::new_branch) {
    if (git.commit_at(made.ref)) {
      git.run({"update-ref", "-d", made.ref, made.commit});
    }
    return;
  }
  const CommitEntries entries = entries_of_commit(git, made.commit);
  const GitEntries index = git.entries(GitPlumbing::Index::users);
  GitEntries back;
  for (const auto& [path, entry] : entries.after) {
    const auto found = index.find(path);
    if (entry.mode == "0" ? found == index.end() : found != index.end() && found->second == entry) {
      back[path] = entries.before.at(path);
    }
  }
  if (made.parent.empty()) {
    git.run({"update-ref", "-d", "HEAD", made.commit});
  } else {
    git.run({"update-ref", "-m", "agentbox: undo", "HEAD", made.parent, made.commit});
  }
  git.set_entries(GitPlumbing::Index::users, back);
}

}  // namespace

ApplyResult undo_changes(const ChangeStore& store, const ChangeSet& set) {
  if (set.commits.empty()) {
    return apply_changes(store, set, ApplyDirection::undo, {});
  }
  const TempDir scratch(store.directory_of(set.id));
  const GitPlumbing git(set.project, scratch.path());
  check_commits(git, set.commits);
  ApplyResult result = apply_changes(store, set, ApplyDirection::undo, {});
  if (!result.conflicts.empty()) {
    return result;
  }
  for (auto made = set.commits.rbegin(); made != set.commits.rend(); ++made) {
    take_back_commit(git, *made);
  }
  const FileLock lock = store.lock();
  ChangeSet changed = store.load(set.id);
  changed.commits.clear();
  for (auto& change : changed.changes) {
    if (change.state == Change::State::on_branch) {
      change.state = Change::State::open;
      result.done.push_back(change.path);
    }
  }
  store.save(changed);
  return result;
}

}  // namespace agentbox
