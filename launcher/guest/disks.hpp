// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>

namespace agentbox::guest {

// Serial numbers, as the launcher gives them (vm/qemu/arguments.cpp).
inline constexpr const char* kept_disk_serial = "agentbox-kept";
inline constexpr const char* project_disk_serial = "agentbox-project";

/// What reading fails with there where the host's user may not read either, or the file has changed: the share says EACCES when something is opened, the
/// disk this when it is read.
inline constexpr int closed_on_disk = EIO;
/// Whether an open file or directory is on the project's disk (statfs(2)).
bool is_on_project_disk(int fd);

/// Mounts the project's disk, read-only, when there is one that shows anything and this kernel knows its file system (EROFS).
bool mount_project_disk(const std::string& path);

}  // namespace agentbox::guest
