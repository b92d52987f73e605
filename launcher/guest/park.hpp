// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox::guest {

/// Leaves sshd and a process of ours waiting on the machine's serial ports, for the forks of this machine (guest/parked.hpp).
/// Returns at once, with the exit status: 0, or no_ports_status. Throws std::system_error.
int park();

/// Leaves sshd waiting on the port for it that nobody has open, for the forks of this machine while a session runs in it. Returns and
/// throws like park().
int park_login();

}  // namespace agentbox::guest
