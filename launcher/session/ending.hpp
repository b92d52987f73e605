// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"

namespace agentbox {

/// What happens to the VM now: the plan's on_exit, or the user's answer to the question. Where nobody is to be asked, or
/// a signal or the end of the time comes before the answer, nothing is lost: a snapshot.
enum class Audience { user, nobody };
OnExit decide_ending(const RunPlan& plan, Audience audience);

/// Destroys the VM, or takes its disk as a snapshot. Returns what stayed: "" or "snapshot NAME". Throws Error when a snapshot cannot be
/// made; the session must then stay on disk, so that no work is lost.
std::string end_session(OnExit ending, const RunPlan& plan, SessionVm& vm, SessionHandle& session,
                        const Application& application);

/// Whether its VM may stay when the command is over: by its own will, or by its user's answer.
bool may_be_kept(const RunPlan& plan);

}  // namespace agentbox
