// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guest/guest_plan.hpp"
#include "relay/relay.hpp"
#include "session/identity.hpp"
#include "session/run_plan.hpp"
#include "ssh/connection.hpp"

namespace agentbox {

/// What makes a machine this session's own; for who waits for it there (ParkedGuest).
GuestPlan session_preparation(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories);

/// Of that only what makes a machine another one.
GuestPlan::Prepare identity_preparation(const MachineIdentity& identity);

/// The session's command; in terminal mode it is held in the guest (docs/decisions/0032). unprepared: the same exec prepares the machine first. Throws Error{usage} when the command line is longer
/// than a guest takes.
enum class Machine { prepared, unprepared };
RemoteCommand session_command(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories,
                              RelayMode mode, Machine machine);

/// Another terminal on the session's command, which must be held (one that was started in terminal mode is).
RemoteCommand attach_command(RelayMode mode);

/// A further command in a prepared machine.
RemoteCommand further_command(const GuestPlan& plan, RelayMode mode);

}  // namespace agentbox
