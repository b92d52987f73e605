// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/commit.hpp"

#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "workspace/changes/apply/step.hpp"
#include "workspace/git/committer.hpp"

namespace agentbox {
namespace {

std::string zeros(const GitPlumbing& git) { return std::string(git.digest() == GitPlumbing::Digest::sha256 ? 64 : 40, '0'); }

void check_branch_name(const GitPlumbing& git, const std::string& branch) {
  bool good = !branch.empty() && !branch.starts_with('-') && branch != "HEAD";
  try {
    git.run({"check-ref-format", "refs/heads/" + branch});
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    good = false;
  }
  if (!good) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(branch, 200) + "\" cannot be a branch's name", "git help check-ref-format says what can");
  }
}

void refuse_taken_branch(const GitPlumbing& git, const std::string& branch) {
  const std::string ref = "refs/heads/" + branch;
  if (git.commit_at(ref)) {
    throw Error(ErrorKind::usage, "the branch " + escape_untrusted(branch, 200) + " exists", "name another one; nothing was done");
  }
  if (git.head_ref() == ref) {
    throw Error(ErrorKind::usage, escape_untrusted(branch, 200) + " is the branch that is checked out, though nothing was committed to it yet",
                "name another one, or say --commit without --branch");
  }
}

CommitResult refused(const Committer& committer) {
  CommitResult result;
  result.applied.conflicts = committer.plan().conflicts;
  result.left_out = committer.plan().left_out;
  return result;
}

[[noreturn]] void nothing_to_commit(const ChangeSet& set, const std::vector<std::string>& left_out) {
  throw Error(ErrorKind::usage, "nothing of the changes of " + set.id + " is for a commit",
              left_out.empty() ? "they may be in the checked-out commit already" : join(left_out, "\n"));
}

// Whole changes are on the branch from now on. What was chosen in part waits as before: the project has nothing of it.
void mark_on_branch(ChangeSet& set, const std::vector<PickedChange>& picked, const TreePlan& plan, std::vector<std::string>& done) {
  for (const auto& [path, number] : plan.changes) {
    done.push_back(set.changes[number].path);
  }
  std::set<std::size_t> settled = plan.settled;
  for (const auto& [path, number] : plan.directories) {
    if (sets_below(plan, path)) {
      settled.insert(number);
    }
  }
  for (const auto& [number, becomes] : picked) {
    Change& change = set.changes[number];
    if (settled.contains(number) && change.state == Change::State::open && becomes == change.after) {
      change.state = Change::State::on_branch;
    }
  }
}

// After applying it: what differs from what it was goes back. What was there already was not brought by us.
void take_back_applied(const ChangeStore& store, const ChangeSet& before) {
  const ChangeSet now = store.load(before.id);
  std::vector<PickedChange> back;
  for (std::size_t number = 0; number < now.changes.size(); ++number) {
    const NodeState& was = present_state(before.changes[number]);
    if (present_state(now.changes[number]) != was && now.changes[number].before == before.changes[number].before) {
      back.push_back({.change = number, .becomes = was});
    }
  }
  apply_picked(store, now, back);
}

std::vector<std::string> staged_paths(const Committer& committer) {
  const GitEntries index = committer.git().entries(GitPlumbing::Index::users);
  std::vector<std::string> staged;
  for (const auto& [path, entry] : committer.entries_before()) {
    const auto found = index.find(path);
    if (entry.mode == "0" ? found != index.end() : found == index.end() || found->second != entry) {
      staged.push_back(shown_path(path) + ": your index has changes in it that are not committed");
    }
  }
  return staged;
}

}  // namespace

CommitResult put_on_branch(const ChangeStore& store, const ChangeSet& set, const std::vector<PickedChange>& picked, const std::vector<std::string>& named,
                           const std::string& branch, const std::string& message) {
  Committer committer(store, set);
  const GitPlumbing& git = committer.git();
  check_branch_name(git, branch);
  refuse_taken_branch(git, branch);
  committer.make_plan(picked, named);
  CommitResult result = refused(committer);
  if (!result.applied.conflicts.empty()) {
    return result;
  }
  if (committer.plan().entries.empty()) {
    nothing_to_commit(set, result.left_out);
  }
  const std::string commit = committer.make_commit(message);
  const FileLock lock = store.lock();
  ChangeSet changed = store.load(set.id);
  if (changed != set) {
    throw Error(ErrorKind::environment, "the changes of " + set.id + " were applied or taken back by another agentbox at this moment",
                "nothing was done; try again");
  }
  result.commit = {.where = MadeCommit::Where::new_branch, .ref = "refs/heads/" + branch, .commit = commit, .parent = committer.parent().value_or("")};
  mark_on_branch(changed, picked, committer.plan(), result.applied.done);
  changed.commits.push_back(result.commit);
  // Fails when somebody has made the branch meanwhile.
  git.run({"update-ref", "-m", "agentbox: changes of " + set.id, result.commit.ref, commit, zeros(git)});
  store.save(changed);
  return result;
}

CommitResult apply_and_commit(const ChangeStore& store, const ChangeSet& set, const std::vector<PickedChange>& picked, const std::vector<std::string>& named,
                              const std::string& message) {
  Committer committer(store, set);
  const GitPlumbing& git = committer.git();
  committer.make_plan(picked, named);
  CommitResult result = refused(committer);
  if (result.applied.conflicts.empty()) {
    result.applied.conflicts = staged_paths(committer);
  }
  if (!result.applied.conflicts.empty()) {
    return result;
  }
  if (committer.plan().entries.empty()) {
    nothing_to_commit(set, result.left_out);
  }
  const std::string parent = committer.parent().value_or("");
  result.commit = {.where = MadeCommit::Where::checkout, .ref = git.head_ref(), .commit = committer.make_commit(message), .parent = parent};
  result.applied = apply_picked(store, set, picked);
  if (!result.applied.conflicts.empty()) {
    result.commit = {};
    return result;
  }
  bool index_written = false;
  try {
    git.set_entries(GitPlumbing::Index::users, committer.plan().entries);
    index_written = true;
    git.run({"update-ref", "-m", "commit: agentbox: changes of " + set.id, "HEAD", result.commit.commit, parent.empty() ? zeros(git) : parent});
  } catch (...) {
    if (index_written) {
      git.set_entries(GitPlumbing::Index::users, committer.entries_before());
    }
    take_back_applied(store, set);
    throw;
  }
  const FileLock lock = store.lock();
  ChangeSet changed = store.load(set.id);
  changed.commits.push_back(result.commit);
  store.save(changed);
  return result;
}

}  // namespace agentbox
