// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/fail.hpp"

#include <sys/mount.h>

#include <string>

namespace agentbox::guest {

inline constexpr unsigned long share_flags = MS_NOSUID | MS_NODEV;

/// Mounts a share of the host's. cache: "mmap" keeps the pages of files that are open; "loose" keeps all, which is
/// right for what nobody is to change here and saves a round trip for each look at a file. While one is mounted the
/// machine cannot be saved. Throws std::system_error.
inline void mount_share(const char* tag, const std::string& path, unsigned long flags,
                        const std::string& cache = "mmap") {
  if (mount(tag, path.c_str(), "9p", flags, ("trans=virtio,version=9p2000.L,msize=524288,cache=" + cache).c_str()) !=
      0) {
    fail(std::string("cannot mount the share \"") + tag + "\" at " + path);
  }
}

}  // namespace agentbox::guest
