// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/committer.hpp"

#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "workspace/changes/apply/step.hpp"
#include "workspace/git/object_name.hpp"

namespace agentbox {
namespace {

bool is_rule_file(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name == ".gitignore" || name == ".gitattributes";
}

}  // namespace

Committer::Committer(const ChangeStore& store, const ChangeSet& set)
    : set_(set), blobs_(store.blobs_of(set.id)), scratch_(store.directory_of(set.id)), git_(set.project, scratch_.path()), parent_(git_.head_commit()) {
  if (parent_) {
    git_.run({"read-tree", *parent_});
  } else {
    git_.run({"read-tree", "--empty"});
  }
  tree_ = git_.entries(GitPlumbing::Index::ours);
}

void Committer::make_plan(const std::vector<PickedChange>& picked, const std::vector<std::string>& named) {
  plan_ = plan_tree(set_, picked, tree_, git_.prefix(), [this](const NodeState& state) { return git_object_name(state, blobs_, git_.digest()); });
  if (plan_.conflicts.empty()) {
    git_.set_entries(GitPlumbing::Index::ours, plan_.entries);
    write_objects(is_rule_file);  // for the questions that follow
    leave_out_ignored(named);
    refuse_filtered();
    check_taken();
  }
}

std::string Committer::make_commit(const std::string& message) const {
  write_objects([](const std::string&) { return true; });
  const std::string tree(trim(git_.run({"write-tree"})));
  std::vector<std::string> command{"commit-tree", tree, "-F", "-"};
  if (parent_) {
    command.insert(command.end(), {"-p", *parent_});
  }
  return std::string(trim(git_.run(command, message.ends_with('\n') ? message : message + "\n")));
}

GitEntries Committer::entries_before() const {
  GitEntries before;
  for (const auto& [path, entry] : plan_.entries) {
    const auto found = tree_.find(path);
    before[path] = found == tree_.end() ? GitEntry{"0", std::string(entry.object.size(), '0')} : found->second;
  }
  return before;
}

std::string Committer::shown(const std::string& path) const { return shown_path(path.substr(git_.prefix().size())); }

// By the rules as they are with the changes, so that a .gitignore that the session wrote counts. git reads one from the index where the
// entry says that it is not checked out.
void Committer::leave_out_ignored(const std::vector<std::string>& named) {
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
    git_.set_entries(GitPlumbing::Index::ours, ignored);
  }
}

// Contents are stored as they are. Where the repository wants them converted by a program or into another encoding, that would be wrong.
void Committer::refuse_filtered() {
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
void Committer::check_taken() {
  const GitEntries now = git_.entries(GitPlumbing::Index::ours);
  for (const auto& [path, entry] : plan_.entries) {
    const auto found = now.find(path);
    if (entry.mode == "0" ? found != now.end() : found == now.end() || found->second != entry) {
      plan_.conflicts.push_back(shown(path) + ": git does not take this name");
    }
  }
}

void Committer::write_objects(const std::function<bool(const std::string&)>& wanted) const {
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

}  // namespace agentbox
