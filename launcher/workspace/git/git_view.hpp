// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/beneath.hpp"
#include "workspace/git/repository.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// What git makes of directories of a project, found out without git. Nothing is in either list where there is no
/// repository.
struct GitView {
  enum class Tree { none, known, unknown } tree = Tree::none;  ///< unknown: its index cannot be read
  std::vector<std::string> tracked;                            ///< those that hold something that git tracks
  std::vector<std::string> ignored;                            ///< those that git ignores
};
/// user_patterns: the user's own, for all repositories (gitignore(5)).
GitView ask_git_about(const std::vector<std::string>& directories, const Beneath& project,
                      const GitRepository& repository, std::string_view user_patterns);

}  // namespace agentbox
