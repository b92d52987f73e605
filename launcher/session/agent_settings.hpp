// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"
#include "config/policy.hpp"
#include "session/shared_directories.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// The user's own settings of an agent (AgentProfile::settings), for its sessions: instructions, skills and commands as
/// a copy, made when the session starts, that the host shares read-only; chosen settings in the files that the agent's
/// profile seeds.
namespace agentbox {

class Progress;
struct RunPlan;

/// Of the profile's files those that are there, plain and reached without a link. plan gets a warning about links, about
/// what cannot be looked at, and where nothing can be shared.
std::vector<PlannedSettings> plan_settings_files(const AgentProfile& profile, RunPlan& plan);

/// Puts the chosen settings under the plan's seed files. A file that cannot be used is a warning.
void add_chosen_settings(const AgentProfile& profile, RunPlan& plan);

/// Makes the copy of plan's files in a directory of the session's, and adds it to what is shared. What was left out is
/// said in a note.
void add_settings(const RunPlan& plan, const std::filesystem::path& directory, Progress& progress,
                  SharedDirectories& shared);

}  // namespace agentbox
