// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "session/application.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {

/// The changes of a session, for diff, apply and undo. name: an id or its beginning; "last": the newest; empty: the newest of the project
/// that the current directory is in, or of the only one below it. Those of a running session are brought out now; those of one that was cut off, too:
/// its disk is booted for that. wanted: of which newest. Throws Error{usage} when there are none.
ChangeSet changes_for_review(const std::string& name, const Application& application,
                             ChangeStore::Newest wanted = ChangeStore::Newest::open);

/// Throws Error{environment} while a session can write to the repository that the project lies in, as its live project or by --mount: git
/// is not run in a tree that a guest can change meanwhile (docs/decisions/0029).
void refuse_git_beside_live_sessions(const std::string& project, const Application& application);

}  // namespace agentbox
