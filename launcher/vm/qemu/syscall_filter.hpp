// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/bpf.hpp"

#include <string>

namespace agentbox {

/// A seccomp program for what QEMU runs in. It refuses with
/// EPERM to give a file the set-uid bit, by whatever call: QEMU's 9p server does what the guest asks, and in the
/// workspace the file would be the host user's. Calls that cannot be judged by their arguments are reported as missing:
/// openat2 (its mode is behind a pointer) and io_uring (it opens files without a system call). Set-gid stays allowed:
/// directories need it, a call does not tell what kind of file it is for, and inside the room there is only the user's
/// own group.
///
/// QEMU's own -sandbox comes on top. Empty on a host whose processor we know no call numbers for. Pure.
bpf::Program set_uid_filter();

/// The same for bubblewrap's room, and what a process there could use against the kernel: in a user namespace of its
/// own it would have all capabilities again, and with them the parts of the kernel that are for root. Pure.
bpf::Program room_filter();

/// room_filter() as bubblewrap's --seccomp reads it.
std::string syscall_filter();

}  // namespace agentbox
