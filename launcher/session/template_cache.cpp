// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/template_cache.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/base_builder.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"
#include "store/snapshot_manifest.hpp"
#include "store/snapshot_store.hpp"
#include "sys/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

TemplateStore templates_of(const Application& application) {
  return TemplateStore(application.directories.data / "templates");
}

/// Who stands on a template's disk, by the template's directory: "snapshot x". A disk's backing files are named in its
/// manifest; a kept session's VM has them open and may become a snapshot.
std::multimap<fs::path, std::string> disk_users(const Application& application) {
  std::multimap<fs::path, std::string> users;
  const auto add_chain = [&users](const std::vector<fs::path>& chain, const std::string& who) {
    for (const auto& layer : chain) {
      users.emplace(layer.parent_path(), who);
    }
  };
  for (const auto& listed : SnapshotStore(application.directories.data / "snapshots").list()) {
    add_chain(listed.manifest.disk_chain, "snapshot " + listed.manifest.name);
  }
  for (const auto& session : SessionStore(application.directories.state / "sessions").list()) {
    const std::string who = "session " + session.record.id;
    // One that has ended stays for a while, to be looked at; its disk is gone.
    if (session.record.phase != SessionPhase::ended && !session.record.template_directory.empty()) {
      users.emplace(session.record.template_directory, who);
    }
    if (fs::exists(session.directory / unsaved_disk_name)) {
      add_chain(load_snapshot_manifest(session.directory).disk_chain, who);
    }
  }
  return users;
}

std::vector<fs::path> live_builds(const Application& application) {
  std::vector<fs::path> directories;
  for (const auto& build : BaseStore(application.directories.data / "bases").list()) {
    directories.push_back(build.directory);
  }
  return directories;
}

// No value: there is no QEMU to compare with, and doctor says so.
std::optional<QemuProgram> present_qemu(const Application& application) {
  try {
    return find_qemu(application.user_config.qemu, application.directories.cache);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void judge(TemplateInfo& info, const std::optional<QemuProgram>& qemu, const std::vector<fs::path>& builds) {
  using State = TemplateInfo::State;
  const TemplateKey& key = info.machine.key;
  if (info.machine.quarantine) {
    info.state = State::quarantined;
    info.detail = *info.machine.quarantine;
  } else if (const auto damage = damage_of(info.machine)) {
    info.state = State::damaged;
    info.detail = *damage;
  } else if (std::find(builds.begin(), builds.end(), fs::path(key.base_build)) == builds.end()) {
    info.state = State::old_base;
    info.detail = "its base image was replaced";
  } else if (qemu && qemu->build != key.qemu) {
    info.state = State::other_qemu;
    info.detail = "made by QEMU " + key.qemu;
  }
}

}  // namespace

std::string to_string(TemplateInfo::State state) {
  constexpr const char* names[] = {"ready", "other QEMU", "old base", "damaged", "quarantine"};
  return names[static_cast<int>(state)];
}

std::string describe_machine(const TemplateKey& key) {
  return fmt::format("{} CPUs, {}, {}", key.shape.cpus, key.shape.memory.to_string(), to_string(key.shape.accelerator));
}

std::vector<TemplateInfo> list_templates(const Application& application) {
  const auto qemu = present_qemu(application);
  const auto builds = live_builds(application);
  const auto sessions = SessionStore(application.directories.state / "sessions").list();
  std::vector<TemplateInfo> infos;
  for (auto& machine : templates_of(application).list()) {
    TemplateInfo info{.name = machine.directory.filename(),
                      .base = fs::path(machine.key.base_build).parent_path().filename(),
                      .machine = std::move(machine),
                      .last_use = {},
                      .sessions = {},
                      .detail = {}};
    info.last_use = last_use(info.machine);
    info.bytes = allocated_bytes_below(info.machine.directory);
    for (const auto& session : sessions) {
      if (session.live && session.record.template_directory == info.machine.directory) {
        info.sessions.push_back(session.record.id);
      }
    }
    judge(info, qemu, builds);
    infos.push_back(std::move(info));
  }
  std::stable_sort(infos.begin(), infos.end(), [](const auto& a, const auto& b) { return a.last_use > b.last_use; });
  return infos;
}

void remove_template(const std::string& name, const Application& application) {
  std::vector<fs::path> meant;
  for (const auto& machine : templates_of(application).list()) {
    if (!name.empty() && machine.directory.filename().string().starts_with(name)) {
      meant.push_back(machine.directory);
    }
  }
  const std::string shown = escape_untrusted(name, 80);
  if (meant.size() != 1) {
    throw Error(ErrorKind::usage,
                (meant.empty() ? "there is no template " : "there is more than one template ") + shown,
                "See agentbox template ls.");
  }
  const auto users = disk_users(application);
  if (const auto user = users.find(meant.front()); user != users.end()) {
    throw Error(ErrorKind::usage, "template " + shown + " is needed by " + user->second, "Remove that first.");
  }
  if (!TemplateStore::remove(meant.front())) {
    throw Error(ErrorKind::usage, "a session runs from template " + shown,
                "End it first: agentbox ls, agentbox stop SESSION");
  }
}

Prewarmed prewarm_template(const RunRequest& request, const Application& application) {
  RunRequest machine_only = request;
  machine_only.workspace = WorkspaceMode::none;
  const RunPlan plan = make_run_plan(machine_only, application, Terminal::present, KeyValues::leave);
  const ImageContext context = application.image_context(plan.confinement, plan.host_ca);
  const BaseBuild base = ensure_base(plan.base, Rebuild::if_missing, context);
  const MachineRequest wanted = machine_request(plan, base, context);
  const TemplateKey key = template_key(wanted, context);
  templates_of(application).failures().forget(key);
  const EnsuredTemplate ensured = ensure_template(wanted, key, context);
  if (ensured.came == EnsuredTemplate::Came::made) {
    expire_templates(application);
  }
  return {.name = ensured.leased.machine.directory.filename(), .came = ensured.came};
}

std::vector<RemovedTemplate> expire_templates(const Application& application) {
  TemplateNeeds needs{.directories = {}, .live_builds = live_builds(application)};
  for (const auto& [directory, who] : disk_users(application)) {
    needs.directories.push_back(directory);
  }
  return templates_of(application).remove_unused(needs, application.user_config.templates);
}

}  // namespace agentbox
