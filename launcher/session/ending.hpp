// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"

namespace agentbox {

/// What happens to the VM now: the plan's on_exit, or the user's answer to the question (on a terminal only).
OnExit decide_ending(const RunPlan& plan);

/// Destroys, snapshots or keeps the VM; the session directory goes, unless kept. Returns what stayed: "", "snapshot NAME"
/// or "kept". Throws Error when a snapshot cannot be made; the session is then kept on disk, so that no work is lost.
std::string end_session(OnExit ending, const RunPlan& plan, SessionVm& vm, SessionHandle& session,
                        const Application& application);

}  // namespace agentbox
