// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "workspace/changes/apply.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"

namespace agentbox {

/// Lets the user choose hunks on the terminal. Throws Error{usage} where there is none, Interrupted when they leave by a signal.
std::vector<PickedChange> pick_on_terminal(const ChangeSet& set, const std::vector<std::string>& paths, const BlobStore& blobs);

}  // namespace agentbox
