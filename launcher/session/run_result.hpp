// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "gateway/host/gateway_process.hpp"
#include "session/aftermath.hpp"
#include "session/artifacts.hpp"
#include "session/bring_out.hpp"
#include "session/kept_session.hpp"
#include "session/resources.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// How a run ended, in a word.
enum class RunEnding {
  succeeded,       ///< the command, with exit code 0
  failed,          ///< the command, with another one or by a signal
  guard_findings,  ///< it succeeded, but --strict counts what it has left
  limit_reached,   ///< a limit on what may be asked of the model
  timed_out,
  interrupted,  ///< we were asked to end
  left,         ///< the user has turned away from it
  lost          ///< the VM or the connection to it
};
/// "succeeded", "failed", "guard-findings", "limit-reached", "timed-out", "interrupted", "left", "lost".
const char* to_string(RunEnding ending);

/// What became of a run: a value from which all reports are made.
struct RunResult {
  std::string session;
  std::string label = {};  ///< the agent, "shell" or "run"
  std::string policy = {};
  std::string workspace = {};
  std::filesystem::path project = {};
  std::string base = {};
  std::vector<std::pair<std::string, std::string>> versions =
      {};  ///< of agentbox, QEMU and the agent, where they are known
  std::chrono::system_clock::time_point started = {};
  RunEnding ending = RunEnding::failed;
  /// The code to exit with: the command's own; 128+n when a signal ended it (or us); 122 when a limit on the model's
  /// use did, 124 when the time limit did; 125 when agentbox failed.
  int exit_code = 125;
  std::string
      outcome;  ///< "exit code 0", "killed by SIGTERM", "timed out", "left by Enter ~ .", "connection lost: ..."
  std::string limit = {};  ///< "cost", "tokens" or "requests" when model calls were refused by that; else empty
  std::string start;       ///< "fork", "cold" or "snapshot": a live one's
  std::string kept;        ///< "", "snapshot NAME" or "kept"
  std::vector<std::pair<std::string, std::chrono::milliseconds>> timings;  ///< phases in order
  EgressSummary network;  ///< what left, what was refused, and what the model was asked (all zero with --unconfined)
  std::string recording = {};  ///< its file; empty: none was asked for
  std::string patch = {};      ///< the file with the changes as a patch; empty: none was asked for
  BroughtOut changes;          ///< what waits for review
  Artifacts artifacts = {};
  std::vector<ResourceSample> samples = {};  ///< while the command ran
  std::vector<Aftermath> aftermath = {};   ///< what the session has left that could run on this machine by itself
  std::unique_ptr<KeptSession> rest = {};  ///< of a session that is kept: lives as long as this object
};

/// All phases together.
std::chrono::milliseconds whole_time(const RunResult& result);

/// {"session":...,"exit_code":...,...} in one line; docs/ci.md says what is in it.
std::string to_json(const RunResult& result);
/// The same, with what `agentbox report` shows besides: the phases in their order, and the samples. For the RunArchive.
std::string archive_document(const RunResult& result);
/// The same for a run that did not come to a result.
std::string error_json(const Error& error, int exit_code);

/// The version of this program.
std::string own_version();

}  // namespace agentbox
