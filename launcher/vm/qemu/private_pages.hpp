// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace agentbox {

/// What a process has written into its private mapping of ram_file (PrivateRamFile). Throws Error{environment} when the kernel does not let us
/// look (/proc/PID/pagemap, process_vm_readv(2)); Error{backend} when there is no such mapping.
class PrivatePages {
 public:
  PrivatePages(pid_t process, std::filesystem::path ram_file);

  /// Writes it to target, a copy of ram_file (open for reading, too), which becomes the memory as the process sees it: exactly, when the machine
  /// stands still meanwhile. Once it has been called, it rewrites what has changed since, which is quick. Returns the bytes that are the
  /// process's own.
  std::uint64_t write_to(int target);

 private:
  pid_t process_;
  std::filesystem::path ram_file_;
  std::vector<bool> written_;  ///< by page of the file
};

}  // namespace agentbox
