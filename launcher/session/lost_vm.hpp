// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/relay.hpp"
#include "session/session_vm.hpp"

namespace agentbox {

/// To an outcome that is ConnectionLost: why, where one of the VM's processes has ended and that can be known. Other outcomes stay as they
/// are. Takes some seconds at the most; never throws, since what comes now (the work that is left on its disk) is more important.
void add_cause(RelayOutcome& outcome, SessionVm& vm);

}  // namespace agentbox
