// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/commit.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/changes/apply/step.hpp"
#include "workspace/git/object_name.hpp"
#include "workspace/git/plumbing.hpp"
#include "workspace/git/tree_plan.hpp"

namespace agentbox {
namespace {

using Index = GitPlumbing::Index;

/// The way from a set's changes to a commit that nobody sees yet.
class Committer {
 public:
  Committer(const ChangeStore& store, const ChangeSet& set)
      : set_(set), blobs_(store.blobs_of(set.id)), scratch_(store.directory_of(set.id)), git_(set.project, scratch_.path()), parent_(git_.head_commit()) {
    if (parent_) {
      git_.run({"read-tree", *parent_});
    } else {
      git_.run({"read-tree", "--empty"});
    }
    tree_ = git_.entries(Index::ours);
  }

  [[nodiscard]] const GitPlumbing& git() const { return git_; }
  [[nodiscard]] const TreePlan& plan() const { return plan_; }
  [[nodiscard]] const std::optional<std::string>& parent() const { return parent_; }

  void make_plan(const std::vector<PickedChange>& picked, const std::vector<std::string>& named) {
    plan_ = plan_tree(set_, picked, tree_, git_.prefix(), [this](const NodeState& state) { return git_object_name(state, blobs_, git_.digest()); });
    if (plan_.conflicts.empty()) {
      git_.set_entries(Index::ours, plan_.entries);
      write_objects(is_rule_file);  // for the questions that follow
      leave_out_ignored(named);
      refuse_filtered();
      check_taken();
    }
  }

  /// The commit's name.
  [[nodiscard]] std::string make_commit(const std::string& message) const {
    write_objects([](const std::string&) { return true; });
    const std::string tree(trim(git_.run({"write-tree"})));
    std::vector<std::string> command{"commit-tree", tree, "-F", "-"};
    if (parent_) {
      command.insert(command.end(), {"-p", *parent_});
    }
    return std::string(trim(git_.run(command, message.ends_with('\n') ? message : message + "\n")));
  }

  /// What the paths of the plan are in the commit's parent.
  [[nodiscard]] GitEntries entries_before() const {
    GitEntries before;
    for (const auto& [path, entry] : plan_.entries) {
      const auto found = tree_.find(path);
      before[path] = found == tree_.end() ? GitEntry{"0", std::string(entry.object.size(), '0')} : found->second;
    }
    return before;
  }

 private:
  [[nodiscard]] std::string shown(const std::string& path) const { return shown_path(path.substr(git_.prefix().size())); }

  // By the rules as they are with the changes, so that a .gitignore that the session wrote counts. git reads one from the index where the
  // entry says that it is not checked out.
  void leave_out_ignored(const std::vector<std::string>& named) {
    std::string rules;
    for (const auto& path : split(git_.run({"ls-files", "-z", "--", ":(glob)**/.gitignore"}), '\0')) {
      rules += path.empty() ? "" : path + '\0';
    }
    if (!rules.empty()) {
      git_.run({"update-index", "-z", "--skip-worktree", "--stdin"}, rules);
    }
    const std::set<std::string> kept(named.begin(), named.end());
    GitEntries ignored;
    for (const auto& path : split(git_.run({"ls-files", "-z", "--cached", "--ignored", "--exclude-standard"}), '\0')) {
      const auto found = plan_.entries.find(path);
      if (found != plan_.entries.end() && !tree_.contains(path) && !kept.contains(path.substr(git_.prefix().size()))) {
        ignored[path] = {"0", found->second.object};
        plan_.left_out.push_back(shown(path) + ": .gitignore names it");
      }
    }
    for (const auto& [path, entry] : ignored) {
      plan_.settled.erase(plan_.changes.at(path));
      plan_.entries.erase(path);
      plan_.contents.erase(path);
      plan_.changes.erase(path);
    }
    if (!ignored.empty()) {
      git_.set_entries(Index::ours, ignored);
    }
  }

  // Contents are stored as they are. Where the repository wants them converted by a program or into another encoding, that would be wrong.
  void refuse_filtered() {
    std::string paths;
    for (const auto& [path, content] : plan_.contents) {
      paths += path + '\0';
    }
    if (paths.empty()) {
      return;
    }
    const auto fields = split(git_.run({"check-attr", "-z", "--stdin", "--cached", "filter", "ident", "working-tree-encoding"}, paths), '\0');
    for (std::size_t field = 0; field + 2 < fields.size(); field += 3) {
      if (fields[field + 2] != "unspecified" && fields[field + 2] != "unset") {
        plan_.conflicts.push_back(shown(fields[field]) + ": .gitattributes wants it converted (" + escape_untrusted(fields[field + 1], 60) +
                                  "), which only git add does: apply it into the project and commit it there");
      }
    }
  }

  // git passes over names that it does not like, and says so only in passing.
  void check_taken() {
    const GitEntries now = git_.entries(Index::ours);
    for (const auto& [path, entry] : plan_.entries) {
      const auto found = now.find(path);
      if (entry.mode == "0" ? found != now.end() : found == now.end() || found->second != entry) {
        plan_.conflicts.push_back(shown(path) + ": git does not take this name");
      }
    }
  }

  static bool is_rule_file(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return name == ".gitignore" || name == ".gitattributes";
  }

  void write_objects(const std::function<bool(const std::string&)>& wanted) const {
    const BlobStore targets(scratch_.path() / "links");
    std::string files;
    std::vector<std::string> expected;
    for (const auto& [path, content] : plan_.contents) {
      if (!wanted(path)) {
        continue;
      }
      const bool link = content.kind == NodeState::Kind::link;
      files += (link ? targets.path_of(targets.put_text(content.target)) : blobs_.path_of(content.digest)).string() + "\n";
      expected.push_back(plan_.entries.at(path).object);
    }
    if (expected.empty()) {
      return;
    }
    auto written = split(git_.run({"hash-object", "-w", "--no-filters", "--stdin-paths"}, files), '\n');
    written.pop_back();
    if (written != expected) {
      throw Error(ErrorKind::environment, "the kept contents of " + set_.id + " changed while git stored them", "nothing was committed");
    }
  }

  const ChangeSet& set_;
  BlobStore blobs_;
  TempDir scratch_;
  GitPlumbing git_;
  std::optional<std::string> parent_;
  GitEntries tree_;
  TreePlan plan_;
};

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
  const GitEntries index = committer.git().entries(Index::users);
  std::vector<std::string> staged;
  for (const auto& [path, entry] : committer.entries_before()) {
    const auto found = index.find(path);
    if (entry.mode == "0" ? found != index.end() : found == index.end() || found->second != entry) {
      staged.push_back(shown_path(path) + ": your index has changes in it that are not committed");
    }
  }
  return staged;
}

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
  const GitEntries index = git.entries(Index::users);
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
  git.set_entries(Index::users, back);
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
    git.set_entries(Index::users, committer.plan().entries);
    index_written = true;
    git.run({"update-ref", "-m", "commit: agentbox: changes of " + set.id, "HEAD", result.commit.commit, parent.empty() ? zeros(git) : parent});
  } catch (...) {
    if (index_written) {
      git.set_entries(Index::users, committer.entries_before());
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
