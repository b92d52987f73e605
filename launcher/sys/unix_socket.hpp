// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "sys/unique_fd.hpp"

namespace agentbox {

/// A listening AF_UNIX stream socket at path, mode 0600. Any stale socket file there is replaced. Paths longer than
/// sun_path (108 bytes, unix(7)) work: the directory is opened and named as /proc/self/fd/N.
UniqueFd listen_unix(const std::filesystem::path& path);
UniqueFd connect_unix(const std::filesystem::path& path);

}  // namespace agentbox
