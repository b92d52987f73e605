// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/git_places.hpp"

#include <algorithm>
#include <array>

namespace agentbox {
namespace {

template <std::size_t count>
bool is_one_of(std::string_view name, const std::array<std::string_view, count>& names) {
  return std::any_of(names.begin(), names.end(), [&](auto one) { return same_name(name, one); });
}

// commondir says where hooks and config are. A lock becomes the file it is named after.
constexpr std::array<std::string_view, 6> settings_names{"hooks", "config", "config.lock", "config.worktree", "config.worktree.lock", "commondir"};
constexpr std::array<std::string_view, 3> worktree_settings{"config.worktree", "config.worktree.lock", "hooks"};
constexpr std::array<std::string_view, 2> worktree_links{"commondir", "gitdir"};

// What git keeps in a submodule's directory besides: everything else there may be a part of a submodule's name, which can hold slashes.
constexpr std::array<std::string_view, 25> data_names{
    "objects",    "refs",       "logs",        "HEAD",        "ORIG_HEAD",      "FETCH_HEAD",       "MERGE_HEAD",  "MERGE_MSG",
    "MERGE_MODE", "AUTO_MERGE", "REBASE_HEAD", "SQUASH_MSG",  "COMMIT_EDITMSG", "CHERRY_PICK_HEAD", "REVERT_HEAD", "index",
    "shallow",    "packed-refs", "packed-refs.new", "description", "rebase-merge", "rebase-apply",  "sequencer",        "gc.pid",      "lfs"};

GitPlace place_in_worktrees(const PathParts& path, std::size_t at) {
  if (at + 2 >= path.size()) {
    return GitPlace::holds;  // "worktrees", "worktrees/x"
  }
  const auto name = path[at + 2];
  return is_one_of(name, worktree_settings) ? GitPlace::settings
         : is_one_of(name, worktree_links)  ? GitPlace::once
                                            : GitPlace::ordinary;
}

/// at: in a repository's directory.
GitPlace place_inside(const PathParts& path, std::size_t at) {
  for (bool of_submodule = false; at < path.size(); ++at) {
    const auto name = path[at];
    if (is_one_of(name, settings_names)) {
      return GitPlace::settings;
    }
    if (same_name(name, "info")) {
      return at + 1 == path.size() ? GitPlace::holds : same_name(path[at + 1], "attributes") ? GitPlace::settings : GitPlace::ordinary;
    }
    if (same_name(name, "worktrees")) {
      return place_in_worktrees(path, at);
    }
    if (same_name(name, "modules")) {
      of_submodule = true;
    } else if (!of_submodule || is_one_of(name, data_names) || name.ends_with(".lock")) {
      return GitPlace::ordinary;
    }
  }
  return GitPlace::holds;
}

}  // namespace

GitPlace git_place(const PathParts& path) {
  const auto git = std::find_if(path.begin(), path.end(), [](auto part) { return same_name(part, ".git"); });
  if (git == path.end()) {
    return GitPlace::ordinary;
  }
  return git + 1 == path.end() ? GitPlace::repository : place_inside(path, static_cast<std::size_t>(git - path.begin()) + 1);
}

}  // namespace agentbox
