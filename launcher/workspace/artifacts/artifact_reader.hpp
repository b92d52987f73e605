// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workspace/artifacts/artifact_directory.hpp"
#include "workspace/artifacts/artifact_rule.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace agentbox {

/// A file that was copied.
struct Artifact {
  std::filesystem::path path;  ///< here
  std::string from;            ///< in the VM
  std::uint64_t size = 0;
  std::string sha256;
};

/// What is taken of one session at most.
struct ArtifactLimits {
  std::uint64_t bytes = std::uint64_t{1} << 30U;
  std::size_t files = 10'000;
  std::size_t depth = 64;
};

/// Whether a file of that name, below the directory, is not to be made there.
using RefusedName = std::function<bool(const std::string& name)>;

/// Copies what the pattern matches, and is not refused, out of a tar archive that a guest has written; source: as read(2). limits: of all
/// rules together, and counted down. Links, devices and names that no honest archive has are left out, and so is the
/// second of a name. Returns why it is not all (the limits, refused names, a damaged archive, a place that cannot be
/// written to), escaped; empty: it is. What was copied stays.
std::string read_artifacts(const std::function<std::size_t(char* buffer, std::size_t size)>& source,
                           const ArtifactPattern& pattern, const ArtifactDirectory& directory, const RefusedName& refused,
                           ArtifactLimits& limits, std::vector<Artifact>& files);

}  // namespace agentbox
