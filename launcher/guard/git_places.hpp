// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/path_pattern.hpp"

namespace agentbox {

/// What a path is to git, by its names alone.
enum class GitPlace {
  ordinary,    ///< no part of a repository's own directory, or data in it: objects, refs, the index, ...
  repository,  ///< a ".git" itself: a repository's directory, or the file that leads to one
  settings,    ///< programs and settings: hooks, config, what says where they are
  holds,       ///< a directory in a ".git" whose place gives what is in it its meaning: "info", "modules/x", "worktrees/x"
  once,        ///< written when a linked worktree is added, and to be left alone afterwards
};

GitPlace git_place(const PathParts& path);

}  // namespace agentbox
