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
/// What is held back goes to held. Pure.
std::vector<Step> choose_steps(const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths, std::vector<std::string>& held);
/// Those that apply single changes. Pure.
std::vector<Step> steps_of(const ChangeSet& set, const std::vector<PickedChange>& picked);

/// What to do, after a look at the project.
struct ComparedSteps {
  std::vector<Step> todo;
  std::vector<Step> there;  ///< what is as it is to become
  std::vector<Step> own;    ///< git's index, which the host has changed: it stays as it is
  std::vector<std::string> conflicts;
};
ComparedSteps compare_steps(const ChangeSet& set, const Beneath& project, std::vector<Step> steps, ApplyDirection direction);

/// Whether a path is one of these, or lies below one.
bool is_at_or_below(const std::string& path, const std::vector<std::string>& paths);

}  // namespace agentbox
