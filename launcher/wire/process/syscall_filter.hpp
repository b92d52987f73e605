// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <vector>

namespace agentbox::wire {

/// The system calls of Pump, as a seccomp program: reading, writing and polling descriptors that are open,
/// accepting on them, and making TCP sockets of the room. Everything else kills the process. Pure.
std::vector<sock_filter> pump_syscall_filter();

/// The same for StackPump: no socket can be made but pairs of unix stream sockets, and none connected; memory can be given
/// back. Pure.
std::vector<sock_filter> stack_syscall_filter();

/// For this process, for good. no_new_privs must be set. Throws Problem.
void install_syscall_filter(std::vector<sock_filter> filter);

}  // namespace agentbox::wire
