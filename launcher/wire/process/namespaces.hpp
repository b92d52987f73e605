// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <vector>

/// The walls around agentbox-wire itself. In this order: enter_namespaces(), then whatever needs the new namespaces'
/// capabilities, then leave_file_system(), then give_up_rights().
namespace agentbox::wire {

/// Our own user inside the user namespace; all others show as the overflow user, 65534.
inline constexpr unsigned our_user = 0;

/// New user, network, mount, IPC and UTS namespaces for this process (single-threaded, any user, no privilege). Throws
/// Problem{no_namespaces}. There is no PID namespace, since that would need one more process: the system call filter
/// leaves no call that could name another process.
void enter_namespaces();

/// An empty, read-only root, as far as the kernel lets us. Throws Problem.
void leave_file_system();

/// Where there are no namespaces: no file, no TCP port, no abstract socket, no other process (Landlock, as far as the kernel
/// has it). Throws Problem{no_namespaces}.
void leave_everything();

/// No capability, none to be had again, no core dump, no debugger, at most so many descriptors, and from then on only
/// the system calls of filter; any other one kills the process. Returns how many descriptors there may be: a host may
/// allow fewer. Throws Problem.
unsigned give_up_rights(std::vector<sock_filter> filter, unsigned descriptors);

}  // namespace agentbox::wire
