// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"
#include "session/live_plan.hpp"
#include "session/run_plan.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace agentbox {

struct TakenSnapshot {
  std::string name;
  std::chrono::milliseconds stood_still;  ///< the machine, and all in it
  std::uint64_t written_bytes = 0;        ///< of memory, by the session
};

/// Saves a session's machine, which goes on (docs/decisions/0033). modes: TerminalModes::repeat_sequence() of its command. Whatever
/// happens, the session goes on, or ends as if it had been cut off; its disk is whole at every moment. Throws Error{usage} for one
/// that cannot be saved or a name that is taken; Error{environment|backend}; Interrupted.
TakenSnapshot take_live_snapshot(const std::string& name, const std::string& modes, Liveness::Command command, const RunPlan& plan, SessionVm& vm,
                                 SessionHandle& session, const Application& application);

}  // namespace agentbox
