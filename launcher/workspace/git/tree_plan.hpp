// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workspace/changes/apply.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/git/plumbing.hpp"

namespace agentbox {

/// How a commit's tree becomes another one by changes of a set.
struct TreePlan {
  GitEntries entries;                          ///< to be set; mode "0": to be removed
  std::map<std::string, NodeState> contents;   ///< of those that are set
  std::set<std::size_t> settled;               ///< changes of the set that the new tree has, all of them
  std::map<std::string, std::size_t> changes;  ///< which change of the set each entry is
  std::map<std::string, std::size_t> directories;  ///< new ones: in a tree by what is in them; which change of the set each is
  std::vector<std::string> conflicts;          ///< "PATH: why"
  std::vector<std::string> left_out;           ///< "PATH: why": git has no place for it
};

/// Whether a plan sets anything below a directory.
bool sets_below(const TreePlan& plan, const std::string& directory);

/// git's name of a file's or link's content, in the repository's digest.
using ObjectNames = std::function<std::string(const NodeState&)>;

/// Each change must start from what the tree has: where it does not, the checkout had something that was not committed, or the tree
/// is another one by now, and a commit would bring more, or less, than the session did. prefix: the project's place in the repository.
/// Only changes that wait are picked. Pure but for names.
TreePlan plan_tree(const ChangeSet& set, const std::vector<PickedChange>& picked, const GitEntries& tree, const std::string& prefix, const ObjectNames& names);

}  // namespace agentbox
