// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sys/beneath.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/apply/step.hpp"

namespace agentbox {

/// The steps that apply (or take back) the changes at or below paths, or all of them, by path; with the directories that they need.
/// What is held back goes to result.held. Pure.
std::vector<Step> choose_steps(const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths, ApplyResult& result);

/// Compares what is there with what the steps start from. What is as it is to be goes from steps to result.done; differences are
/// result.conflicts.
void find_conflicts(const ChangeSet& set, const Beneath& project, std::vector<Step>& steps, ApplyDirection direction, ApplyResult& result);

}  // namespace agentbox
