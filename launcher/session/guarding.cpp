// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/guarding.hpp"

#include <fcntl.h>

#include "core/error.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// There already, where a fork has failed and the machine boots cold after all.
void make_nothing(const fs::path& directory) {
  fs::create_directories(directory / "directory");
  const UniqueFd file = open_file(directory / "file", O_RDONLY | O_CREAT, 0444);
}

SurveyedExport survey_export(const fs::path& directory, WorkspaceExport::Access access, GuardRules rules) {
  rules = rules_of(directory, std::move(rules));
  const bool writable = access == WorkspaceExport::Access::read_write;
  Survey found = survey(Beneath(directory), Guard(rules), writable ? Exported::writable : Exported::read_only);
  return {.rules = std::move(rules), .found = std::move(found)};
}

/// One exported directory: its shields (where there is a room for mounts), and what agentbox-guard is to know of it.
GuardedTree guard_export(SurveyedExport surveyed, const fs::path& directory, const fs::path& inside, Confinement confinement,
                         const fs::path& nothing, std::vector<Shield>& shields) {
  const bool room = confinement == Confinement::bubblewrap;
  if (room) {
    shields = std::move(surveyed.found.shields);
  }
  return {.path = room ? inside : directory, .rules = std::move(surveyed.rules), .repositories = std::move(surveyed.found.repositories),
          .stand_in = room ? file_id(nothing / "file") : FileId{}};
}

}  // namespace

GuardRules rules_of(const fs::path& directory, GuardRules rules) {
  const UniqueFd file = Beneath(directory).open(ignore_file_name, O_RDONLY);
  if (file) {
    const fs::path name = directory / ignore_file_name;
    rules.hidden_by_project = parse_ignore_file(read_to_end(file.get(), name, ByteSize::mebibytes(1)), name.string());
  }
  return rules;
}

std::future<SurveyedExport> survey_project(const RunPlan& plan) {
  if (plan.workspace == WorkspaceMode::none) {
    return {};
  }
  const auto access = plan.workspace == WorkspaceMode::live ? WorkspaceExport::Access::read_write : WorkspaceExport::Access::read_only;
  return std::async(std::launch::async, [&plan, access] { return survey_export(plan.project, access, plan.guard); });
}

std::optional<NameGuard> guard_exports(const RunPlan& plan, const fs::path& program, const fs::path& nothing, VmSpec& spec,
                                       MachineFiles& files, std::future<SurveyedExport> project) {
  make_nothing(nothing);
  std::vector<GuardedTree> trees;
  bool writes = false;  // a file that is appended to needs the guard as well
  if (plan.workspace != WorkspaceMode::none) {
    SurveyedExport surveyed =
        project.valid() ? project.get() : survey_export(spec.workspace.directory, spec.workspace.access, plan.guard);
    trees.push_back(guard_export(std::move(surveyed), spec.workspace.directory, "/workspace", plan.confinement, nothing, spec.workspace.shields));
  }
  for (auto& shared : spec.directories) {
    writes = writes || shared.access == WorkspaceExport::Access::read_write;
    if (shared.guarded != SharedDirectory::Guarded::no) {
      GuardRules rules = plan.guard;
      rules.top = shared.guarded == SharedDirectory::Guarded::as_project ? GuardRules::Top::project : GuardRules::Top::git_directory;
      trees.push_back(guard_export(survey_export(shared.directory, shared.access, std::move(rules)), shared.directory,
                                   fs::path("/directories") / shared.name, plan.confinement, nothing, shared.shields));
    }
  }
  if (trees.empty() && !writes) {
    return std::nullopt;
  }
  spec.nothing = nothing;
  NameGuard guard = NameGuard::start(program, trees);
  files.supervised = guard.supervision(plan.confinement == Confinement::bubblewrap ? AskedOpens::files : AskedOpens::files_and_directories);
  return guard;
}

}  // namespace agentbox
