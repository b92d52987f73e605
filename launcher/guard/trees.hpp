// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// A file or directory by what the kernel knows it by: it may be moved.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend auto operator<=>(const FileId&, const FileId&) = default;
};

/// The repositories that were in a directory when its session began. Their settings and programs are guarded; a guest may make further
/// repositories, whose settings are as free as any file and are named at the session's end.
struct KnownRepositories {
  std::vector<FileId> directories;  ///< each ".git" that is a directory; sorted
  enum class Extent { all, some } extent = Extent::all;  ///< some: the directory was too big; any may have been there
  friend bool operator==(const KnownRepositories&, const KnownRepositories&) = default;
};

/// A directory and what holds in it. path: absolute, as the process that is supervised sees it.
struct GuardedTree {
  std::string path;
  GuardRules rules;
  KnownRepositories repositories;
  /// The empty file that is mounted over hidden ones: it may be read, as whoever copies a project does. None: nothing is mounted.
  FileId stand_in = {};
};

/// What agentbox-guard is told: fields, each ended by NUL. Reading throws Error{internal}.
std::string to_text(const std::vector<GuardedTree>& trees);
std::vector<GuardedTree> parse_guarded_trees(std::string_view text);

}  // namespace agentbox
