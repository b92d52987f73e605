// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/snapshot_store.hpp"

#include <filesystem>

namespace agentbox {

/// manifest.json in a snapshot's directory. Reading is strict (see StrictJson).
SnapshotManifest load_snapshot_manifest(const std::filesystem::path& directory);
void save_snapshot_manifest(const std::filesystem::path& directory, const SnapshotManifest& manifest);

}  // namespace agentbox
