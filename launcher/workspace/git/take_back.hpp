// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workspace/changes/apply.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {

/// Takes back everything that was made of a set: branches that are as they were made, commits that HEAD is still at, and what is in the
/// project. All or nothing but for a crash. Throws Error{usage} that names a branch or commit that has moved on.
ApplyResult undo_changes(const ChangeStore& store, const ChangeSet& set);

}  // namespace agentbox
