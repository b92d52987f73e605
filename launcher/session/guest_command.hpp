// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guest/guest_plan.hpp"
#include "relay/relay.hpp"
#include "session/run_plan.hpp"
#include "ssh/connection.hpp"

namespace agentbox {

/// The one exec of a session: prepares the machine and becomes the command. Throws Error{usage} when the command line is longer
/// than a guest takes.
RemoteCommand session_command(const RunPlan& plan, const std::string& session_id, RelayMode mode);

/// A further command in a prepared machine.
RemoteCommand further_command(const GuestPlan& plan, RelayMode mode);

}  // namespace agentbox
