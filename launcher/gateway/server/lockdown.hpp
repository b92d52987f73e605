// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox {

/// First thing in main(): nobody may look into this process (ptrace, /proc/PID/mem, cores), since it holds keys.
void hide_from_others();

/// Last thing before the first guest byte is read: from here on no program is started, no namespace made or entered, no
/// other process looked into, no socket but IPv4, IPv6 and netlink (getaddrinfo's) made; not unix: the host's abstract names are in reach. A
/// seccomp filter, to be set while there is one thread; later ones inherit it. Throws Error{environment}.
void lock_down();

}  // namespace agentbox
