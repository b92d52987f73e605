// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

namespace agentbox {

/// Writes what a process has written into its private mapping of ram_file (PrivateRamFile) to target, at the same offsets: a copy of
/// ram_file becomes the memory as the process sees it. The machine must stand still. Returns the bytes. Throws Error{environment} when the
/// kernel does not let us look (/proc/PID/pagemap, process_vm_readv(2)); Error{backend} when there is no such mapping.
std::uint64_t write_private_pages(pid_t process, const std::filesystem::path& ram_file, int target);

}  // namespace agentbox
