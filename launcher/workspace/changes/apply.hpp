// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "workspace/changes/change.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {

enum class ApplyDirection { forward, undo };

/// One change of a set, by its number, and what its path is to become: its after, or, with some hunks left out, something on the way there.
struct PickedChange {
  std::size_t change = 0;
  NodeState becomes;  ///< a file's content is among the set's blobs
};

struct ApplyResult {
  std::vector<std::string> done;
  std::vector<std::string> conflicts;  ///< "PATH: why"; with any of them nothing was done
  std::vector<std::string> held;       ///< "PATH: why": left out, since nobody named them
  std::vector<std::string> own;        ///< git's indexes that stay as they are, since the host has changed them
  std::vector<std::string> left;       ///< directories that were to go, but hold something else
};

/// What waits of a set, at or below paths (relative to the project) or all of it, whole; with the directories that it needs. Not what is
/// held back (reason_to_hold), unless paths name it itself: "PATH: why" goes to held. Pure.
std::vector<PickedChange> pick_changes(const ChangeSet& set, const std::vector<std::string>& paths, std::vector<std::string>& held);

/// Applies what waits of a set to its project (or takes back what was applied): the changes at or below paths (relative to the
/// project), or all of them. All or nothing: what is there is first compared with what the change starts from, moved aside and
/// looked at again there, and a journal lets recover_changes() finish or take back what was cut off (docs/decisions/0014).
/// No program is run, no link is followed. Throws Error{environment} for what cannot be done, or when the set is not what it was when it
/// was read; nothing was done then.
ApplyResult apply_changes(const ChangeStore& store, const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths);
/// The same for single changes, which are applied whatever they are. None twice.
ApplyResult apply_picked(const ChangeStore& store, const ChangeSet& set, const std::vector<PickedChange>& picked);

/// After a crash: what was half applied is taken back, what was applied is tidied up. Returns the ids. Cheap when there is nothing.
std::vector<std::string> recover_changes(const ChangeStore& store);

}  // namespace agentbox
