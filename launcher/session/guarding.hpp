// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <vector>

#include "guard/name_guard.hpp"
#include "guard/rules.hpp"
#include "guard/shields.hpp"
#include "session/run_plan.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/spec.hpp"

// What keeps a session from changing what is guarded and from seeing what is hidden, in each directory of the host's that it gets
// (docs/decisions/0023): mounts for what is there at the start, agentbox-guard for names, whenever they are made.
namespace agentbox {

/// The rules of one exported directory: those given, and its own .agentboxignore. Throws Error{config} for a faulty one.
GuardRules rules_of(const std::filesystem::path& directory, GuardRules rules);

/// What there is in an exported directory, and the rules that it was looked at by.
struct SurveyedExport {
  GuardRules rules;
  Survey found;
};

/// Of the plan's project, beside whatever else is done: a big one takes a while, and QEMU's mounts wait for it. What is made there since is
/// held by its name. An invalid future when the session has no project. plan must outlive it.
std::future<SurveyedExport> survey_project(const RunPlan& plan);

/// Sets the shields of the workspace and of the directories in spec, and starts agentbox-guard for what QEMU will see; files.supervised
/// becomes it. plan.guard holds for the workspace and for each mount. nothing: a directory that QEMU does not see; made. project: from
/// survey_project(); invalid: it is looked at now. No value when there is nothing to guard.
std::optional<NameGuard> guard_exports(const RunPlan& plan, const std::filesystem::path& program, const std::filesystem::path& nothing,
                                       VmSpec& spec, MachineFiles& files, std::future<SurveyedExport> project = {});

}  // namespace agentbox
