// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/beneath.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// Where the git repository of a project is, found out without git. What a .git file says is a claim of the project's,
/// which may be hostile: a directory outside of the project counts only when it is a git directory and itself names
/// this project.
struct GitRepository {
  enum class Kind {
    none,      ///< no .git, or one that is none
    inside,    ///< a directory in the project
    worktree,  ///< a linked working tree (git-worktree(1)): common is the repository that it belongs to
    apart,     ///< elsewhere as a whole: a submodule, git init --separate-git-dir
    refused,   ///< elsewhere, and it does not say so itself, or cannot be used; why says what is wrong
  } kind = Kind::none;
  std::filesystem::path directory;  ///< its HEAD and index; absolute, links resolved
  std::filesystem::path common;     ///< its objects, refs and config; the same but for worktrees
  std::string why;                  ///< refused: for people, escaped; a sentence's second half
  std::string advice;               ///< refused: what to do about it, if there is something
  friend bool operator==(const GitRepository&, const GitRepository&) = default;
};

/// project: absolute, links resolved. Files are read with bounds, links are not followed in the project nor in what is
/// looked at outside of it. Throws Error{environment} only for what the system refuses.
GitRepository find_git_repository(const std::filesystem::path& project);

/// In how many bytes a repository names its objects; 20, or 32 with SHA-256. Zero when that cannot be told.
std::size_t git_hash_bytes(const GitRepository& repository);

/// A file below a directory that is a regular one and not longer than that; empty when it is not there or is something
/// else.
std::string text_beneath(const Beneath& directory, const std::string& path, std::size_t most_bytes);

}  // namespace agentbox
