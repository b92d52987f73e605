// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace agentbox::guest {

/// Whether anything has this name; of a link the link itself, wherever it leads (faccessat(2)).
inline bool is_there(const std::string& path) { return faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

}  // namespace agentbox::guest
