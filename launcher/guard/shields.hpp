// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/trees.hpp"
#include "sys/beneath.hpp"
#include "sys/shield.hpp"

#include <filesystem>
#include <vector>

namespace agentbox {

/// The mounts that keep what is guarded or hidden in a directory now, parents first, those nearest to its top when there are more than
/// bubblewrap should be given. Names are read, no file is; no link is followed. What they leave out, and what is made later, is held by
/// names alone (NameGuard). writable: whether the directory is exported so; else only what is hidden needs any.
/// And the repositories that are there.
enum class Exported { writable, read_only };
struct Survey {
  std::vector<Shield> shields;
  KnownRepositories repositories;
};
/// Throws Error{environment} when it is not there.
FileId file_id(const std::filesystem::path& path);
Survey survey(const Beneath& directory, const Guard& guard, Exported exported);

}  // namespace agentbox
