// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"

namespace agentbox {

/// What a patch shows as one file: a change, or a file that went and one that came that are one file renamed.
struct FilePair {
  const Change* was;
  const Change* is;           ///< the same, but for renamings
  unsigned similarity = 100;  ///< of a renaming: percent of the content that stayed
};

/// Files and links of changes, by path of what they are now: directories have no place in a patch. A renaming has the same content on
/// both sides, or like git's at least half of its lines; that is only looked at in texts of moderate size and number. The changes must outlive it.
std::vector<FilePair> pair_files(const std::vector<Change>& changes, const BlobStore& blobs);

/// Whether it is a thing that patches show.
bool has_place_in_patch(const NodeState& state);

}  // namespace agentbox
