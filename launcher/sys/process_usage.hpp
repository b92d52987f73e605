// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"

#include <sys/types.h>

#include <chrono>
#include <optional>

namespace agentbox {

/// What a process has used up, and what it holds.
struct ProcessUsage {
  std::chrono::milliseconds processor{};  ///< since its start, of all its threads
  ByteSize memory;                        ///< that is its own: anonymous, and shared by no file
};

/// No value when there is no such process.
std::optional<ProcessUsage> process_usage(pid_t pid);
/// Of a process and all that it and those have started, as far as they live: QEMU runs below the sandbox that starts it.
std::optional<ProcessUsage> usage_with_descendants(pid_t pid);

}  // namespace agentbox
