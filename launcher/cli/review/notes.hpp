// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "workspace/changes/change.hpp"

namespace agentbox {

/// What a patch of these changes does not show, a line each: directories, modes that git does not know, what is held back, conflicts,
/// git's own files, what could not be brought out. For people; escaped. Pure.
std::string notes_on(const ChangeSet& set, const std::vector<Change>& changes);

}  // namespace agentbox
