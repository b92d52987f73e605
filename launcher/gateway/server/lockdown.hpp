// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/bpf.hpp"

namespace agentbox {

/// First thing in main(): no core is left of this process, and nobody may look into it (ptrace, /proc/PID/mem), since it holds keys;
/// but for the owner of the user namespace that it was started in, where there is one: the user outside of all rooms.
void hide_from_others();

/// Last thing before the first guest byte is read: from here on no program is started, no namespace made or entered, no
/// other process looked into, no file opened but to read it nor changed by its name, no socket but IPv4, IPv6 and netlink (getaddrinfo's)
/// made; not unix: the host's abstract names are in reach. A
/// seccomp filter, to be set while there is one thread; later ones inherit it. Throws Error{environment}.
void lock_down();
/// The filter itself. Pure.
bpf::Program lockdown_filter();

}  // namespace agentbox
