// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/review.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/bring_out.hpp"
#include "session/manage.hpp"
#include "session/run.hpp"
#include "store/snapshot_manifest.hpp"
#include "store/snapshot_store.hpp"
#include "workspace/git/plumbing.hpp"
#include "workspace/git/repository.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

SessionStore review_sessions(const Application& application) { return SessionStore(application.directories.state / "sessions"); }

bool reviewed(const SessionRecord& record) { return record.workspace == "overlay" || record.workspace == "copy"; }

bool has_changes_to_bring(const ListedSession& session) {
  return !session.broken && reviewed(session.record) && (session.live || session.record.phase == SessionPhase::unsaved);
}

bool concerns(const ListedSession& session, const std::string& name, const std::string& project) {
  if (!has_changes_to_bring(session)) {
    return false;
  }
  return name.empty() ? session.record.project == project : session.record.id.starts_with(name);
}

// The disk becomes a snapshot, so that what follows cannot harm it; a session of it that runs nothing brings the changes out.
void rescue(const std::string& id, const Application& application) {
  SessionStore store = review_sessions(application);
  auto session = store.take(id);
  if (!session) {
    throw Error(ErrorKind::environment, "session " + id + " is being looked at by another agentbox", "try again when that has ended");
  }
  application.progress.note("Session " + id + " was cut off; its disk is booted to bring its changes out.");
  SnapshotStore snapshots(application.directories.data / "snapshots");
  const SnapshotManifest manifest = load_snapshot_manifest(session->directory());
  const fs::path disk = session->directory() / vm_directory_name / manifest.top;
  if (fs::exists(disk)) {
    snapshots.create(manifest, disk);
  }
  RunRequest request;
  request.kind = RunKind::command;
  request.arguments = {"true"};
  request.resume_snapshot = id;
  request.network = NetworkMode::offline;
  request.credentials = CredentialMode::none;
  request.on_exit = OnExit::destroy;
  RunPlan plan = make_run_plan(request, application, Terminal::absent, KeyValues::leave);
  plan.label = manifest.agent;
  plan.changes_of = id;
  if (fs::exists(session->directory() / keeps_conversations_name)) {
    plan.directories.history = history_of(application.catalog.agent(manifest.agent));
  }
  plan.index = index_in(session->directory());
  const RunResult result = run_session(plan, application);
  if (result.changes.state != BroughtOut::State::stored) {
    throw Error(ErrorKind::backend, "the changes of session " + id + " could not be brought out (" + result.outcome + ")",
                "its disk is the snapshot " + id + ": agentbox snapshot resume " + id + " --shell");
  }
  snapshots.remove(id);
  session->remove();
}

void bring_up_to_date(const ListedSession& session, const Application& application) {
  if (session.record.phase == SessionPhase::unsaved) {
    rescue(session.record.id, application);
    return;
  }
  SshConnection ssh = connect_to_session(session.record, application);
  bring_out_changes(ssh, session.record.id, session.record, index_in(session.directory), application);
}

bool is_within(const std::string& inner, const std::string& outer) { return inner == outer || inner.starts_with(outer + "/"); }

// What git would read: the checkout that the project is in, and its repository, which may be elsewhere.
std::vector<std::string> places_of_git(const std::string& project) {
  const fs::path top = repository_top(project).value_or(project);
  std::vector<std::string> places{top.string()};
  const GitRepository repository = find_git_repository(top);
  for (const auto& place : {repository.directory, repository.common}) {
    if (!place.empty()) {
      places.push_back(place.string());
    }
  }
  return places;
}

/// Changes that a session has left, or has as it runs.
struct KnownChanges {
  std::string project;
  bool of_mount = false;  ///< in another directory than the session's project
  bool wanted = false;    ///< there is something in them to show, or to take back
};

/// The project that a user in the directory here means when no session is named: the one that here is in, or the only one below it,
/// where `agentbox claude ./project` was said. Of several that contain it the last one counts; of several below, one with changes that are
/// wanted counts rather than others, and a project rather than what was mounted beside it.
std::string project_meant(const std::string& here, const std::vector<KnownChanges>& known) {
  const auto around = std::find_if(known.rbegin(), known.rend(), [&](const auto& one) { return is_within(here, one.project); });
  if (around != known.rend()) {
    return around->project;
  }
  std::map<std::pair<bool, bool>, std::set<std::string>> below;  // best last
  for (const auto& one : known) {
    if (is_within(one.project, here)) {
      below[{one.wanted, !one.of_mount}].insert(one.project);
    }
  }
  return !below.empty() && below.rbegin()->second.size() == 1 ? *below.rbegin()->second.begin() : here;
}

}  // namespace

ChangeSet changes_for_review(const std::string& name, const Application& application, ChangeStore::Newest wanted) {
  recover_and_tell(application);
  SessionStore sessions = review_sessions(application);
  sessions.clean_crashed();
  const ChangeStore store = change_store(application);
  const auto listed = sessions.list();
  std::string project;
  if (name.empty()) {
    std::vector<KnownChanges> known;
    for (const auto& set : store.list()) {
      known.push_back({.project = set.project, .of_mount = is_of_mount(set.id), .wanted = ChangeStore::has_any(set, wanted)});
    }
    for (const auto& session : listed) {
      if (has_changes_to_bring(session)) {
        known.push_back({.project = session.record.project, .of_mount = false, .wanted = wanted == ChangeStore::Newest::open});
      }
    }
    std::error_code missing;
    const fs::path here = fs::canonical(".", missing);
    if (missing) {
      throw Error(ErrorKind::usage, "the current directory is gone", "Name the session (agentbox ls), or go to its project.");
    }
    project = project_meant(here.string(), known);
  }
  if (name != "last") {
    for (const auto& session : listed) {
      if (concerns(session, name, project)) {
        bring_up_to_date(session, application);
      }
    }
  }
  return store.find(name, project, wanted);
}

void refuse_git_beside_live_sessions(const std::string& project, const Application& application) {
  const auto places = places_of_git(project);
  for (const auto& session : review_sessions(application).list()) {
    if (!session.live) {
      continue;
    }
    for (const auto& shared : session.record.writable) {
      const auto reached = std::find_if(places.begin(), places.end(), [&](const auto& place) { return is_within(place, shared) || is_within(shared, place); });
      if (reached != places.end()) {
        throw Error(ErrorKind::environment, "session " + session.record.id + " can write to the repository " + escape_untrusted(*reached) + " at this moment",
                    "git is not run there meanwhile; apply without a commit, or end the session: agentbox stop " + session.record.id);
      }
    }
  }
}

}  // namespace agentbox
