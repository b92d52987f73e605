// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "session/shared_directories.hpp"

/// Projects whose git repository is not in them: linked working trees, submodules, .git files (docs/decisions/0027).
namespace agentbox {

/// plan: with project, repository, mode and confinement; gets a warning that says what is shared, or why nothing is. No value where git finds
/// all it needs in the project or in a mount.
std::optional<PlannedGit> plan_git(RunPlan& plan, const std::vector<PlannedDirectory>& mounts, const ForbiddenPlaces& forbidden);

/// In the words of QEMU and of the guest.
void add_git(const PlannedGit& git, SharedDirectories& shared);

}  // namespace agentbox
