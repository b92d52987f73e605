// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/run_plan.hpp"
#include "store/live_manifest.hpp"

#include <string>

namespace agentbox {

/// What a session's plan leaves in a live snapshot: what it might do, and the placeholders that its programs hold. No key.
void note_plan(const RunPlan& plan, LiveManifest& live);

/// What the snapshot's session might do is what one that goes on from it may do, but for what the command line says. Throws
/// Error{environment} for a manifest that says nothing sensible.
void add_live_defaults(const LiveManifest& live, RunRequest& request);

/// Makes of a plan one whose command goes on: the broker takes the placeholders that it holds. A route that is new has nobody who
/// knows it; one that is missing is told of.
void go_on_with(LiveManifest live, RunPlan& plan);

/// What the plan does not know of a session that runs.
struct Liveness {
  enum class Command { held, on_pipes } command = Command::held;
  enum class Machine { forked, booted } machine = Machine::forked;
};

/// All that speaks against saving a session's machine while it runs, with the command that starts one that can be saved: Error{usage}. Returns
/// when nothing does.
void require_can_be_saved(const RunPlan& plan, const Liveness& live, const std::string& session);

}  // namespace agentbox
