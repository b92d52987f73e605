// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace agentbox {

/// What a project's own directory in a store is called: a label for people who look into it, and a digest of its path,
/// which tells projects apart. A plain name of a file, whatever the path.
std::string project_name(const std::filesystem::path& project);

}  // namespace agentbox
