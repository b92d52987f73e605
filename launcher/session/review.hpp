// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "session/application.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {

/// The changes of a session, for diff, apply, discard and undo. name: an id or its beginning; "last": the newest; empty: the newest of
/// the project that the current directory is in. Those of a running session are brought out now; those of one that was cut off, too:
/// its disk is booted for that. wanted: of which newest. Throws Error{usage} when there are none.
ChangeSet changes_for_review(const std::string& name, const Application& application,
                             ChangeStore::Newest wanted = ChangeStore::Newest::open);

}  // namespace agentbox
