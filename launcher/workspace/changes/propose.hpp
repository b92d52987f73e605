// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/change_reader.hpp"
#include "workspace/changes/project_index.hpp"

namespace agentbox {

/// Holds what a guest proposes against the project: one Change for each path that would become different, with its present
/// state (contents into blobs), and whether the host changed it since the index was made. known: states that are no change of the host's
/// either, since an earlier application made them (ChangeStore::known_states). Directories that a guest removed or replaced
/// become one change for each thing that the index knows in them; what the host has put there since stays, and so does what was closed
/// to the session, whatever it did there: it did not see what it changed. Fills all lists of set but commits.
void add_changes(const Proposals& proposals, const ProjectIndex& index, const std::map<std::string, NodeState>& known, const Beneath& project,
                 const BlobStore& blobs, ChangeSet& set);

}  // namespace agentbox
