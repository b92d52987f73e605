// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sys/temp_dir.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/change_store.hpp"
#include "workspace/git/plumbing.hpp"
#include "workspace/git/tree_plan.hpp"

namespace agentbox {

/// The way from a set's changes to a commit that nobody sees yet, on top of the one that is checked out. The user's index and checkout
/// stay as they are. The set must outlive it.
class Committer {
 public:
  /// Throws as GitPlumbing does.
  Committer(const ChangeStore& store, const ChangeSet& set);

  [[nodiscard]] const GitPlumbing& git() const { return git_; }
  [[nodiscard]] const TreePlan& plan() const { return plan_; }
  [[nodiscard]] const std::optional<std::string>& parent() const { return parent_; }

  /// Once. With conflicts in the plan there is no commit to be made. named: paths that .gitignore does not keep out.
  void make_plan(const std::vector<PickedChange>& picked, const std::vector<std::string>& named);
  /// The commit's name.
  [[nodiscard]] std::string make_commit(const std::string& message) const;
  /// What the paths of the plan are in the commit's parent.
  [[nodiscard]] GitEntries entries_before() const;

 private:
  [[nodiscard]] std::string shown(const std::string& path) const;
  void leave_out_ignored(const std::vector<std::string>& named);
  void refuse_filtered();
  void check_taken();
  void write_objects(const std::function<bool(const std::string&)>& wanted) const;

  const ChangeSet& set_;
  BlobStore blobs_;
  TempDir scratch_;
  GitPlumbing git_;
  std::optional<std::string> parent_;
  GitEntries tree_;
  TreePlan plan_;
};

}  // namespace agentbox
