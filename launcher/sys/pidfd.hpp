// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>

namespace agentbox {

/// pidfd_open(2); close-on-exec. Readable in poll(2) once the process has ended, even while it is still a zombie.
/// Invalid, with errno set, when there is no such process. Race-free only for a child that was not reaped yet.
UniqueFd open_pidfd(pid_t pid) noexcept;

/// A pidfd for the process that pid and start time (see process_start_time) name together; invalid when that process
/// has ended, even if it is an unreaped zombie, or when the pid belongs to another one by now.
UniqueFd open_process(pid_t pid, std::uint64_t start_time);

/// pidfd_send_signal(2). A process that has ended is no error.
void send_signal(int pidfd, int signal_number) noexcept;

/// True when the process of this pidfd has ended. Never blocks.
bool has_ended(int pidfd) noexcept;

}  // namespace agentbox
