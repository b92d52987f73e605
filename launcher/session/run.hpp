// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "session/run_result.hpp"
#include "sys/front_process.hpp"

namespace agentbox {

/// Who waits for a run, where the run may outlast that.
struct RunCaller {
  /// as_called: the command's standard output is ours. log: ours is for something else; the command has no terminal, and what it says
  /// goes to our standard error, with secrets masked.
  enum class Output { as_called, log } output = Output::as_called;
  Front* front = nullptr;  ///< the process in front; null: there is none, and a run lasts no longer than its caller
  /// The session goes on without a terminal: called when the caller is about to be let go, to say so.
  std::function<void(const std::string& session)> say_detached = {};
};

/// Runs one session from start to end: the story of this program. Throws Error, Interrupted when it does not come so far that
/// the command ran; Error{timed_out} when the plan's max_time was over before. Whatever it made is gone then. plan and application must outlive the result.
RunResult run_session(const RunPlan& plan, const Application& application, const RunCaller& caller = {});

}  // namespace agentbox
