// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "workspace/changes/change.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {

enum class ApplyDirection { forward, undo };

struct ApplyResult {
  std::vector<std::string> done;
  std::vector<std::string> conflicts;  ///< "PATH: why"; with any of them nothing was done
  std::vector<std::string> held;       ///< "PATH: why": left out, since nobody named them
  std::vector<std::string> left;       ///< directories that were to go, but hold something else
};

/// Applies the open changes of a set to its project (or takes back the applied ones): those at or below paths (relative to the
/// project), or all of them. All or nothing: what is there is first compared with what the change starts from, moved aside and
/// looked at again there, and a journal lets recover_changes() finish or take back what was cut off (docs/decisions/0014).
/// No program is run, no link is followed. Throws Error{environment} for what cannot be done; nothing was done then.
ApplyResult apply_changes(const ChangeStore& store, ChangeSet set, ApplyDirection direction, const std::vector<std::string>& paths);

/// After a crash: what was half applied is taken back, what was applied is tidied up. Returns the ids. Cheap when there is nothing.
std::vector<std::string> recover_changes(const ChangeStore& store);

}  // namespace agentbox
