// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/exit_status.hpp"
#include "gateway/host/gateway_process.hpp"
#include "relay/relay.hpp"
#include "session/aftermath.hpp"
#include "session/application.hpp"
#include "session/bring_out.hpp"
#include "session/kept_session.hpp"
#include "session/run_plan.hpp"
#include "sys/front_process.hpp"

namespace agentbox {

/// Who waits for a run, where the run may outlast that.
struct RunCaller {
  Front* front = nullptr;  ///< the process in front; null: there is none, and a run lasts no longer than its caller
  /// The session goes on without a terminal: called when the caller is about to be let go, to say so.
  std::function<void(const std::string& session)> say_detached = {};
};

/// What became of a run.
struct RunResult {
  std::string session;
  /// The code to exit with: the command's own; 128+n when a signal ended it (or us); 124 when the time limit did; 125 when
  /// agentbox failed.
  int exit_code = 125;
  std::string outcome;        ///< "exit code 0", "killed by SIGTERM", "timed out", "left by Enter ~ .", "connection lost: ..."
  std::string start;          ///< "fork", "cold" or "snapshot": a live one's
  std::string kept;           ///< "", "snapshot NAME" or "kept"
  std::vector<std::pair<std::string, std::chrono::milliseconds>> timings;  ///< phases in order
  EgressSummary network;      ///< what left, what was refused, and what the model was asked (all zero with --unconfined)
  std::string recording = {};  ///< its file; empty: none was asked for
  BroughtOut changes;         ///< what waits for review
  std::vector<Aftermath> aftermath = {};  ///< what the session has left that could run on this machine by itself
  std::unique_ptr<KeptSession> rest = {};  ///< of a session that is kept: lives as long as this object
};

/// Runs one session from start to end: the story of this program. Throws Error, Interrupted when it does not come so far that
/// the command ran; whatever it made is gone then. plan and application must outlive the result.
RunResult run_session(const RunPlan& plan, const Application& application, const RunCaller& caller = {});

/// {"session":...,"exit_code":...,...} in one line.
std::string to_json(const RunResult& result);

}  // namespace agentbox
