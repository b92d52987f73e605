// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/chosen.hpp"

#include <algorithm>
#include <filesystem>

namespace agentbox {

std::vector<std::string> project_paths(const std::vector<std::string>& named, const std::string& project) {
  std::vector<std::string> paths;
  for (const auto& path : named) {
    std::string one = std::filesystem::path(path).lexically_normal().string();
    while (one.size() > 1 && one.ends_with('/')) {
      one.pop_back();
    }
    if (one == project) {
      one = ".";
    } else if (one.starts_with(project + "/")) {
      one = one.substr(project.size() + 1);
    }
    if (one == ".") {
      return {};
    }
    paths.push_back(std::move(one));
  }
  return paths;
}

std::vector<Change> chosen_changes(const ChangeSet& set, const std::vector<std::string>& paths) {
  std::vector<Change> changes;
  for (const auto& change : set.changes) {
    if (paths.empty() || std::any_of(paths.begin(), paths.end(), [&](const auto& path) {
          return change.path == path || change.path.starts_with(path + "/");
        })) {
      changes.push_back(change);
    }
  }
  return changes;
}

NumberRange changes_below(const std::vector<Change>& changes, const std::string& directory) {
  const std::string prefix = directory + "/";
  const auto first = std::lower_bound(changes.begin(), changes.end(), prefix, [](const Change& change, const std::string& path) { return change.path < path; });
  const auto last = std::find_if(first, changes.end(), [&](const Change& change) { return !change.path.starts_with(prefix); });
  return {static_cast<std::size_t>(first - changes.begin()), static_cast<std::size_t>(last - changes.begin())};
}

bool has_changes_below(const std::vector<Change>& changes, const std::string& directory) {
  const std::string prefix = directory + "/";
  const auto first = std::lower_bound(changes.begin(), changes.end(), prefix, [](const Change& change, const std::string& path) { return change.path < path; });
  return first != changes.end() && first->path.starts_with(prefix);
}

bool is_in_git_directory(const std::string& path) { return path == ".git" || path.starts_with(".git/") || path.find("/.git/") != std::string::npos || path.ends_with("/.git"); }

}  // namespace agentbox
