// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/git_directories.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Writes = PlannedGit::Writes;

constexpr const char* share_name = "git";

bool lies_in(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

bool is_mounted(const fs::path& directory, const std::vector<PlannedDirectory>& mounts) {
  return std::any_of(mounts.begin(), mounts.end(), [&](const auto& mount) { return mount.guest == mount.host && lies_in(directory, mount.host); });
}

void check_place(const fs::path& common, const RunPlan& plan, const std::vector<PlannedDirectory>& mounts, const ForbiddenPlaces& forbidden) {
  resolve_directory(common, forbidden, "the project's git repository", "");
  check_guest_place(common);
  for (const auto& mount : mounts) {
    if (lies_in(mount.guest, common) || lies_in(common, mount.guest)) {
      throw Error(ErrorKind::usage, "a mount is in its place in the VM: " + escape_untrusted(mount.guest.string()));
    }
  }
  if (lies_in(plan.project, common)) {
    throw Error(ErrorKind::usage, "the project lies in it");
  }
}

Writes writes_in(WorkspaceMode mode) {
  return mode == WorkspaceMode::live ? Writes::to_host : is_reviewed(mode) ? Writes::to_layer : Writes::nowhere;
}

std::string announcement(const PlannedGit& git) {
  const std::string where = "git's repository of this project is " + escape_untrusted(git.common.string()) + "; the VM sees it, too, ";
  switch (git.writes) {
    case Writes::to_host:
      return where + "and can write to it, but not to its hooks and settings";
    case Writes::to_layer:
      return where + "and what it writes there (commits, too) goes with it";
    case Writes::nowhere:
      break;
  }
  return where + "read-only: nothing can be committed";
}

void cannot(RunPlan& plan, const std::string& why, const std::string& advice = {}) {
  plan.warnings.push_back("git does not work in the VM: " + why + (advice.empty() ? "" : " (" + advice + ")"));
}

}  // namespace

std::optional<PlannedGit> plan_git(RunPlan& plan, const std::vector<PlannedDirectory>& mounts, const ForbiddenPlaces& forbidden) {
  using Kind = GitRepository::Kind;
  const GitRepository& repository = plan.repository;
  if (repository.kind == Kind::refused) {
    cannot(plan, repository.why, repository.advice);
    return std::nullopt;
  }
  if ((repository.kind != Kind::worktree && repository.kind != Kind::apart) || is_mounted(repository.common, mounts)) {
    return std::nullopt;
  }
  if (plan.confinement != Confinement::bubblewrap) {
    cannot(plan, "its repository is " + escape_untrusted(repository.common.string()) +
                     ", and without user namespaces the VM sees nothing but the project");
    return std::nullopt;
  }
  try {
    check_place(repository.common, plan, mounts, forbidden);
  } catch (const Error& error) {
    cannot(plan, error.what());
    return std::nullopt;
  }
  const PlannedGit git{.common = repository.common, .writes = writes_in(plan.workspace)};
  plan.warnings.push_back(announcement(git));
  return git;
}

void add_git(const PlannedGit& git, SharedDirectories& shared) {
  using Access = WorkspaceExport::Access;
  shared.host.push_back({.name = share_name,
                         .directory = git.common,
                         .access = git.writes == Writes::to_host ? Access::read_write : Access::read_only,
                         .guarded = SharedDirectory::Guarded::as_git_directory});
  shared.guest.push_back(
      {.name = share_name, .path = git.common, .read_only = git.writes == Writes::nowhere, .layered = git.writes == Writes::to_layer});
}

}  // namespace agentbox
