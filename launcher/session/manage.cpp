// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/manage.hpp"

#include <algorithm>
#include <csignal>

#include "core/error.hpp"
#include "session/desk.hpp"
#include "image/base/base_store.hpp"
#include "session/aftermath.hpp"
#include "session/recording.hpp"
#include "session/review.hpp"
#include "session/template_cache.hpp"
#include "store/history_store.hpp"
#include "store/snapshot_manifest.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/wait.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds grace{20};
/// Gigabytes may have to be written.
constexpr std::chrono::minutes snapshot_limit{30};
/// For a look at how it ended.
constexpr std::chrono::hours keep_ended{7 * 24};

SessionStore sessions_of(const Application& application) {
  return SessionStore(application.directories.state / "sessions");
}

void require_stoppable(const ListedSession& session) {
  if (session.broken) {
    throw Error(ErrorKind::environment, "the state file of session " + session.record.id + " cannot be read",
                "agentbox rm " + session.record.id + " removes what is left of it");
  }
}

// The launcher is the one who tidies up; it is told to, and watched. Only when it does not obey is it killed; QEMU dies with
// it, and the directory is cleaned like after any crash.
void end_launcher(const SessionRecord& record) {
  const UniqueFd launcher = open_process(static_cast<pid_t>(record.launcher.pid), record.launcher.start_time);
  if (!launcher) {
    return;
  }
  send_signal(launcher.get(), SIGTERM);
  if (!wait_readable(launcher.get(), Clock::now() + grace)) {
    send_signal(launcher.get(), SIGKILL);
    wait_readable(launcher.get(), Clock::now() + grace);
  }
}

/// One whose VM had ended before. What holds changes that nobody has seen is not kept any more, but unsaved.
void remove_kept(const std::string& id, SessionStore& store) {
  auto taken = store.take(id);
  if (taken && taken->record().phase == SessionPhase::kept) {
    taken->remove();
  }
}

void add_needs_of_snapshots(const Application& application, std::vector<fs::path>& builds) {
  for (const auto& listed : SnapshotStore(application.directories.data / "snapshots").list()) {
    builds.push_back(listed.manifest.base_build);
    for (const auto& layer : listed.manifest.disk_chain) {
      builds.push_back(layer.parent_path());
    }
  }
}

// A disk with changes that nobody has seen is booted once more.
void add_needs_of_disk(const fs::path& session, std::vector<fs::path>& builds) {
  if (fs::exists(session / unsaved_disk_name)) {
    for (const auto& layer : load_snapshot_manifest(session).disk_chain) {
      builds.push_back(layer.parent_path());
    }
  }
}

// Those of projects that are gone, and those that no session would take as they are.
std::vector<fs::path> remove_useless_hot(const Application& application) {
  std::vector<fs::path> removed;
  for (const auto& entry : hot_store(application).list()) {
    std::error_code gone;
    const bool useless = entry.state == HotStore::Entry::State::cut_off || !fs::is_directory(entry.project, gone);
    if (useless && HotStore::remove(entry)) {
      removed.push_back(entry.project);
    }
  }
  return removed;
}

// A build that a current base, a session or another needed build stands on.
void add_needs_of_builds(const BaseStore& bases, std::vector<fs::path>& builds) {
  for (const auto& build : bases.list()) {
    for (const auto& layer : build.disk) {
      builds.push_back(layer.path.parent_path());
    }
  }
}

}  // namespace

void stop_session(const std::string& name, const Application& application) {
  SessionStore store = sessions_of(application);
  const ListedSession session = store.find(name);
  require_stoppable(session);
  if (session.record.phase == SessionPhase::unsaved || session.record.phase == SessionPhase::ended) {
    return;
  }
  end_launcher(session.record);
  store.clean_crashed();
  if (session.record.phase == SessionPhase::kept) {
    remove_kept(session.record.id, store);
  }
  tell_aftermath_of_others(application);
}

void remove_session(const std::string& name, Unseen unseen, const Application& application) {
  SessionStore store = sessions_of(application);
  const ListedSession session = store.find(name);
  if (session.record.phase == SessionPhase::unsaved && unseen == Unseen::keep) {
    throw Error(ErrorKind::usage, "the disk of session " + session.record.id + " holds changes that nobody has seen",
                "agentbox diff " + session.record.id + " shows them; agentbox rm --discard " + session.record.id + " throws them away");
  }
  if (!session.broken) {
    stop_session(session.record.id, application);
  }
  if (auto left = store.take(session.record.id)) {
    left->remove();
  }
}

void remove_snapshot(const std::string& name, const Application& application) {
  SnapshotStore snapshots(application.directories.data / "snapshots");
  for (const auto& session : sessions_of(application).list()) {
    std::error_code missing;
    if (!fs::exists(session.directory / unsaved_disk_name, missing)) {
      continue;
    }
    const auto chain = load_snapshot_manifest(session.directory).disk_chain;
    if (std::find(chain.begin(), chain.end(), snapshots.disk_of(name)) != chain.end()) {
      throw Error(ErrorKind::usage, "session " + session.record.id + " stands on the snapshot \"" + name + "\"",
                  "End it first: agentbox stop " + session.record.id);
    }
  }
  snapshots.remove(name);
}

SavedSession save_session(const std::string& name, const std::string& snapshot, const Application& application) {
  const ListedSession session = live_session(name, application);
  const auto answer = ask_desk(session.directory, {{"command", "snapshot"}, {"name", snapshot}}, Clock::now() + snapshot_limit);
  return {.name = answer.value("snapshot", ""),
          .stood_still = std::chrono::milliseconds(answer.value("stood_still_ms", std::int64_t{0})),
          .written_bytes = answer.value("written_bytes", std::uint64_t{0})};
}

GarbageReport collect_garbage(const Application& application) {
  GarbageReport report;
  SessionStore store = sessions_of(application);
  report.sessions = store.clean_crashed();
  end_orphaned_sandboxes({application.directories.data, application.directories.state});
  report.ended = store.forget_ended(keep_ended);
  SnapshotStore(application.directories.data / "snapshots").remove_unfinished();

  report.templates = expire_templates(application);
  std::vector<fs::path> builds;
  add_needs_of_snapshots(application, builds);
  for (const auto& session : store.list()) {
    builds.emplace_back(session.record.base_build);
    add_needs_of_disk(session.directory, builds);
  }
  const BaseStore bases(application.directories.data / "bases");
  add_needs_of_builds(bases, builds);
  // What templates still stand on stays; that includes those in use by a session.
  for (const auto& machine : TemplateStore(application.directories.data / "templates").list()) {
    builds.emplace_back(machine.key.base_build);
  }
  std::vector<fs::path> parents;
  for (const auto& directory : builds) {
    if (!directory.empty() && fs::exists(directory / "manifest.json") && directory.parent_path().parent_path() == application.directories.data / "bases") {
      for (const auto& layer : bases.load(directory).disk) {
        parents.push_back(layer.path.parent_path());
      }
    }
  }
  builds.insert(builds.end(), parents.begin(), parents.end());
  report.bases = bases.remove_unused(builds);
  report.hot = remove_useless_hot(application);
  return report;
}

std::vector<DiskUse> disk_use(const Application& application) {
  std::vector<DiskUse> uses;
  const auto add_each = [&](const std::string& kind, const fs::path& directory) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(directory, missing)) {
      const std::string name = entry.path().filename();
      if (!name.starts_with(".") && entry.is_directory()) {
        uses.push_back({kind + " " + name, allocated_bytes_below(entry.path())});
      }
    }
  };
  add_each("base", application.directories.data / "bases");
  for (const auto& info : list_templates(application)) {
    uses.push_back({"template " + info.name + " (" + info.base + ", " + describe_machine(info.machine.key) + ")", info.bytes});
  }
  add_each("snapshot", application.directories.data / "snapshots");
  add_each("session", application.directories.state / "sessions");
  add_each("changes", application.directories.data / "changes");
  for (const auto& id : recorded_sessions(application)) {
    uses.push_back({"recording " + id, allocated_bytes(*find_recording(id, application))});
  }
  for (const auto& entry : HistoryStore(application.directories.data / "history").list()) {
    uses.push_back({"history " + entry.agent + " in " + entry.project.string(), entry.bytes});
  }
  for (const auto& entry : hot_store(application).list()) {
    uses.push_back({"hot directories of " + entry.project.string(), entry.bytes});
  }
  return uses;
}

}  // namespace agentbox
