// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "cli/options/invocation.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"

namespace agentbox {

/// `agentbox diff`: to a pager on a terminal, else to standard output, there as a patch that `git apply` takes.
void show_diff(const ShowDiff& options, const ChangeSet& set, const BlobStore& blobs);

/// A patch of all of a set's changes, for `git apply`; there whole or not at all.
void write_patch(const std::filesystem::path& file, const std::vector<Change>& changes, const BlobStore& blobs);

/// auto: on a terminal that is no dumb one.
bool wants_color(ColorChoice choice);

}  // namespace agentbox
