// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "workspace/changes/apply.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {

struct CommitResult {
  ApplyResult applied;                ///< conflicts: nothing was done
  std::vector<std::string> left_out;  ///< "PATH: why": git has no place for it, or is told to ignore it
  MadeCommit commit;                  ///< empty with conflicts
};

/// Puts changes onto a new branch of the project's repository, in one commit on top of the one that is checked out. The project, the
/// user's checkout and index stay as they are (docs/decisions/0029). New files that .gitignore names are left out unless they are in named.
/// Throws Error{usage} for a branch that exists or cannot, Error{environment} for what git refuses; the repository has no new branch then.
CommitResult put_on_branch(const ChangeStore& store, const ChangeSet& set, const std::vector<PickedChange>& picked, const std::vector<std::string>& named,
                           const std::string& branch, const std::string& message);

/// Applies changes to the project and commits them, and nothing else, where HEAD is. The user's index is written for their paths alone,
/// which must have nothing in it that is not committed. All or nothing.
CommitResult apply_and_commit(const ChangeStore& store, const ChangeSet& set, const std::vector<PickedChange>& picked, const std::vector<std::string>& named,
                              const std::string& message);

}  // namespace agentbox
