// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/seed_template.hpp"
#include "session/run_plan.hpp"

namespace agentbox {

/// The part of make_run_plan() that deals in keys: what the session gets of them, and what the broker is told. Where keys
/// come from is locate_keys()'s matter (credentials.hpp), what the broker's plan looks like broker_plan's and git_setup's.

/// An agent's keys by plan.credentials: into plan.environment (direct), or plan.broker (brokered; of several keys the first that
/// a provider knows, and no other is looked up). values gets what seed files say of them. Returns the key that the session goes by,
/// whose variables and seed files are used: one of the profile's, or nullptr. Throws Error{environment} without a key and without a
/// terminal to log in at, Error{usage} for brokered keys without confinement, and for keys that cannot be brokered.
const KeyVariable* plan_keys(const AgentProfile& profile, const UsageCaps& caps, const Application& application,
                             Terminal terminal, KeyValues wanted, RunPlan& plan, SeedValues& values);

/// The policy's credentials: git. Not only for agents: whatever runs in the session has git. After all other variables of
/// the session, with which it must not meet: Error{usage}.
void add_git(const Policy& policy, const Application& application, KeyValues wanted, RunPlan& plan);

/// The request's limits, else the policy's.
UsageCaps caps_for(const RunRequest& request, const Policy& policy);

/// A limit that nobody enforces is worse than none: Error{usage}. A policy's own is for agents alone: a shell has no key to
/// spend.
void check_caps(const UsageCaps& asked_for, const UsageCaps& all, const RunPlan& plan);

}  // namespace agentbox
