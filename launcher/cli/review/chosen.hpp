// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "workspace/changes/change.hpp"

namespace agentbox {

/// Paths as a user names them (absolute ones, too, and "./x") as paths of the project. Empty: all of it. Pure.
std::vector<std::string> project_paths(const std::vector<std::string>& named, const std::string& project);

/// Those of a set's changes at or below paths; with none, all.
std::vector<Change> chosen_changes(const ChangeSet& set, const std::vector<std::string>& paths);

/// Those of changes, which are sorted by path, that lie below a directory: from one number up to another.
struct NumberRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};
NumberRange changes_below(const std::vector<Change>& changes, const std::string& directory);
bool has_changes_below(const std::vector<Change>& changes, const std::string& directory);

/// Whether a path is git's own.
bool is_in_git_directory(const std::string& path);

}  // namespace agentbox
