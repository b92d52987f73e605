// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox::guest {

/// Leaves sshd and a process of ours waiting on the machine's serial ports, for the forks of this machine (guest/parked.hpp).
/// Returns at once, with the exit status: 0, or no_ports_status. Throws std::system_error.
int park();

}  // namespace agentbox::guest
