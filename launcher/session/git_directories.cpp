// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/git_directories.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"
#include "workspace/git/config_text.hpp"

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

// What could be put into the tree's own directory to make git on the host do what the guest wants: where the repository is, and settings.
// No value when one of them is not there to be held, and git would look at it.
std::optional<std::vector<std::string>> fixed_files(const GitRepository& repository) {
  const Beneath tree(repository.directory);
  const Beneath common(repository.common);
  std::vector<std::string> fixed{"commondir", "gitdir"};
  if (tree.look_at("config.worktree")) {
    fixed.emplace_back("config.worktree");
    return fixed;
  }
  constexpr std::size_t longest_config = std::size_t{256} * 1024;
  try {
    const auto own = git_config_value(text_beneath(common, "config", longest_config), "extensions", "worktreeconfig");
    return own && *own != "false" ? std::nullopt : std::optional(fixed);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// A commit in a linked tree writes objects, refs, their logs, and the tree's own index and HEAD; nothing else of the repository.
PlannedGit live_tree(const GitRepository& repository) {
  PlannedGit git{.common = repository.common, .writable = {}, .tree = {}, .fixed = {}};
  const auto fixed = fixed_files(repository);
  if (!fixed) {
    return git;
  }
  git.writes = Writes::to_host;
  git.fixed = *fixed;
  git.tree = repository.directory.lexically_relative(repository.common);
  const Beneath common(repository.common);
  for (const std::string& name : {std::string("objects"), std::string("refs"), std::string("logs"), git.tree}) {
    // A link would lead out of what is shared.
    if (const UniqueFd directory = common.open(name, O_PATH | O_DIRECTORY)) {
      git.writable.push_back(name);
    }
  }
  return git;
}

PlannedGit git_for(const RunPlan& plan) {
  const bool tree = plan.repository.kind == GitRepository::Kind::worktree;
  if (plan.workspace == WorkspaceMode::live && tree) {
    return live_tree(plan.repository);
  }
  return {.common = plan.repository.common,
          .writable = {},
          .tree = {},
          .fixed = {},
          .writes = is_reviewed(plan.workspace) ? Writes::to_layer : Writes::nowhere};
}

std::string announcement(const PlannedGit& git) {
  const std::string where = "git's repository of this project is " + escape_untrusted(git.common.string()) + "; the VM sees it, too, ";
  switch (git.writes) {
    case Writes::to_host:
      return where + "and can write its objects, refs and logs and this working tree's index, nothing else of it";
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
  const PlannedGit git = git_for(plan);
  plan.warnings.push_back(announcement(git));
  return git;
}

void add_git(const PlannedGit& git, SharedDirectories& shared) {
  using Access = WorkspaceExport::Access;
  shared.host.push_back({.name = share_name, .directory = git.common, .access = Access::read_only});
  shared.guest.push_back({.name = share_name,
                          .path = git.common,
                          .read_only = git.writes != Writes::to_layer,
                          .layered = git.writes == Writes::to_layer});
  for (std::size_t i = 0; i < git.writable.size(); ++i) {
    const std::string& part = git.writable[i];
    const std::string name = share_name + std::to_string(i);
    shared.host.push_back({.name = name,
                           .directory = git.common / part,
                           .access = Access::read_write,
                           .read_only_parts = part == git.tree ? git.fixed : std::vector<std::string>{}});
    shared.guest.push_back({.name = name, .path = git.common / part, .read_only = false, .layered = false});
  }
}

}  // namespace agentbox
