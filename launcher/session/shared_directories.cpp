// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/shared_directories.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/agent_settings.hpp"
#include "session/git_directories.hpp"
#include "session/run_plan.hpp"
#include "ssh/connection.hpp"
#include "store/history_store.hpp"
#include "sys/environment.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// In an agent's history: where the single files are.
constexpr const char* files_part = "files";

PlannedDirectory plan_mount(const RequestedMount& wanted, const ForbiddenPlaces& forbidden) {
  const fs::path host = resolve_directory(wanted.source, forbidden, "a mount", "write --mount SRC[:DST][:ro]");
  const fs::path guest = wanted.destination.empty() ? host : wanted.destination.lexically_normal();
  check_guest_place(guest);
  return {.host = host, .guest = guest, .access = wanted.access};
}

// One above the other would hide what is below, or turn up in it.
void check_apart(const fs::path& one, const fs::path& other) {
  const auto [one_at, other_at] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  if (one_at == one.end() || other_at == other.end()) {
    throw Error(ErrorKind::usage,
                "--mount: " + escape_untrusted(one.string()) + " and " + escape_untrusted(other.string()) +
                    " lie in one another in the VM",
                "give one of them another place: --mount SRC:DST");
  }
}

DirectoriesPlan::History plan_history(const RunRequest& request, RunPlan& plan, const AgentProfile* profile, const Policy& policy) {
  if (profile == nullptr || profile->state.empty() || plan.workspace == WorkspaceMode::none ||
      request.history.value_or(policy.history) == HistoryMode::none) {
    return {};
  }
  if (plan.confinement != Confinement::bubblewrap) {
    plan.warnings.emplace_back("the agent's conversations are not kept: without user namespaces the VM sees nothing but the project");
    return {};
  }
  return history_of(*profile);
}

void add_history(const RunPlan& plan, const HistoryStore& store, Progress& progress, SharedDirectories& shared) {
  const auto& history = plan.directories.history;
  if (history.use == AgentProfile::StateUse::one_session) {
    shared.history_lock = store.try_lock(plan.project, history.agent);
    if (!shared.history_lock) {
      progress.note("Another session of " + history.agent + " has this project's conversations, which only one at a time can use; "
                    "this session's are not kept.");
      return;
    }
  }
  std::vector<std::string> parts;
  for (const auto& [path, kind] : history.state) {
    const bool directory = kind == StatePath::Kind::directory;
    const std::string part = directory ? flat_name(path) : files_part;
    const std::string name = "history" + part;
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) {
      parts.push_back(part);
      shared.host.push_back({.name = name,
                             .directory = store.directory(plan.project, history.agent) / part,
                             .access = WorkspaceExport::Access::read_write});
      if (shared.copies) {
        using How = GuestPlan::Prepare::Copies::Kept::How;
        shared.copies->kept.push_back({.name = name, .how = history.use == AgentProfile::StateUse::one_session ? How::whole : How::merged});
      }
    }
    if (directory) {
      shared.guest.push_back({.name = name, .path = path, .read_only = false});
    } else {
      shared.links.push_back({.target = name + "/" + flat_name(path), .path = path});
    }
  }
  store.open(plan.project, history.agent, parts);
}

}  // namespace

DirectoriesPlan::History history_of(const AgentProfile& profile) {
  return {.agent = profile.name, .state = profile.state, .use = profile.state_use};
}

std::string flat_name(const std::string& path) {
  std::string name;
  for (const char character : path) {
    name += character == '/' ? "%2F" : character == '%' ? "%25" : std::string(1, character);
  }
  return name;
}

RequestedMount parse_mount(const std::string& text) {
  RequestedMount mount;
  std::string rest = text;
  for (const auto& [word, access] : {std::pair(":ro", WorkspaceExport::Access::read_only),
                                     std::pair(":rw", WorkspaceExport::Access::read_write)}) {
    if (rest.ends_with(word)) {
      rest.erase(rest.size() - 3);
      mount.access = access;
      break;
    }
  }
  // The last colon before a "/": a source may hold colons, a destination is absolute.
  const std::size_t colon = rest.rfind(":/");
  mount.source = rest.substr(0, colon);
  mount.destination = colon == std::string::npos ? "" : rest.substr(colon + 1);
  if (mount.source.empty()) {
    throw Error(ErrorKind::usage, "--mount: \"" + escape_untrusted(text, 200) + "\" names no directory",
                "Write --mount SRC, --mount SRC:DST or --mount SRC:DST:ro; DST is absolute.");
  }
  return mount;
}

ForbiddenPlaces forbidden_places(const Application& application) {
  const Directories& own = application.directories;
  return {.home = host_variable("HOME").value_or(""), .own = {own.config, own.data, own.state, own.cache}};
}

DirectoriesPlan plan_directories(const RunRequest& request, RunPlan& plan, const AgentProfile* profile, const Policy& policy,
                                 const Application& application) {
  DirectoriesPlan result;
  for (const auto& wanted : request.mounts) {
    if (plan.confinement != Confinement::bubblewrap) {
      throw Error(ErrorKind::environment, "--mount needs user namespaces: without them the VM sees nothing but the project",
                  "leave --mount out, or see what agentbox doctor says about confinement");
    }
    PlannedDirectory mount = plan_mount(wanted, forbidden_places(application));
    if (!plan.project.empty()) {
      check_apart(mount.guest, plan.project);
    }
    for (const auto& other : result.mounts) {
      check_apart(mount.guest, other.guest);
    }
    result.mounts.push_back(std::move(mount));
  }
  result.git = plan_git(plan, result.mounts, forbidden_places(application));
  result.history = plan_history(request, plan, profile, policy);
  if (profile != nullptr && request.settings.value_or(policy.settings) == SettingsMode::import) {
    result.settings = plan_settings_files(*profile, plan);
  }
  return result;
}

std::vector<std::string> writable_directories(const RunPlan& plan) {
  std::vector<std::string> writable;
  if (plan.workspace == WorkspaceMode::live) {
    writable.push_back(plan.project.string());
  }
  for (const auto& mount : plan.directories.mounts) {
    if (mount.access == WorkspaceExport::Access::read_write) {
      writable.push_back(mount.host.string());
    }
  }
  if (plan.directories.git && plan.directories.git->writes == PlannedGit::Writes::to_host) {
    writable.push_back(plan.directories.git->common.string());
  }
  return writable;
}

SharedDirectories open_directories(const RunPlan& plan, const Application& application) {
  SharedDirectories shared;
  if ((plan.workspace == WorkspaceMode::copy || plan.workspace == WorkspaceMode::none) && plan.directories.mounts.empty()) {
    shared.copies.emplace();
  }
  for (const auto& mount : plan.directories.mounts) {
    const std::string name = "mount" + std::to_string(shared.host.size());
    shared.host.push_back({.name = name, .directory = mount.host, .access = mount.access, .guarded = SharedDirectory::Guarded::as_project});
    shared.guest.push_back(
        {.name = name, .path = mount.guest, .read_only = mount.access == WorkspaceExport::Access::read_only});
  }
  if (plan.directories.git) {
    add_git(*plan.directories.git, shared);
  }
  if (!plan.directories.history.state.empty()) {
    add_history(plan, HistoryStore(application.directories.data / "history"), application.progress, shared);
  }
  return shared;
}

void keep_conversations(const SharedDirectories& directories, SshConnection& ssh, Progress& progress) {
  if (!directories.copies || directories.copies->kept.empty()) {
    return;
  }
  std::string problem;
  try {
    const RemoteOutput kept = ssh.run({.command = "/usr/lib/agentbox/agentbox-guest keep"});
    problem = kept.status.success() ? "" : escape_untrusted(trim(kept.error_output), 400);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    problem = error.what();
  }
  if (!problem.empty()) {
    progress.note("The agent's conversations could not be taken out of the VM: " + problem);
  }
}

}  // namespace agentbox
