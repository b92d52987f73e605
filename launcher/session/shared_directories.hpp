// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/agent_profile.hpp"
#include "guest/guest_plan.hpp"
#include "session/settings_place.hpp"
#include "sys/file_lock.hpp"
#include "vm/qemu/spec.hpp"
#include "workspace/project_directory.hpp"

/// What a session's guest sees of the host besides the project: `--mount`, and what the agent keeps of its conversations
/// (docs/workspace.md).
namespace agentbox {

class Progress;
class SshConnection;
struct Application;
struct RunPlan;
struct RunRequest;

/// A directory of the host's at a place of the guest's.
struct RequestedMount {
  std::filesystem::path source;       ///< as given
  std::filesystem::path destination;  ///< absolute; empty: where it is on the host
  WorkspaceExport::Access access = WorkspaceExport::Access::read_write;
};
/// "SRC[:DST][:ro|rw]". Throws Error{usage}.
RequestedMount parse_mount(const std::string& text);

/// What no directory that is shared may be, hold or lie in.
ForbiddenPlaces forbidden_places(const Application& application);

struct PlannedDirectory {
  std::filesystem::path host;   ///< canonical
  std::filesystem::path guest;  ///< absolute
  WorkspaceExport::Access access = WorkspaceExport::Access::read_write;
};

/// What git needs of a project whose repository is elsewhere (workspace/git/repository.hpp), at its own place.
struct PlannedGit {
  std::filesystem::path common;
  /// to_host: but for what the guard keeps, as in a .git of the project's. to_layer: the guest's own. nowhere: read-only.
  enum class Writes { to_host, to_layer, nowhere } writes = Writes::nowhere;
};

/// A pure value; part of the RunPlan.
struct DirectoriesPlan {
  std::vector<PlannedDirectory> mounts;
  std::optional<PlannedGit> git;
  struct History {
    std::string agent;
    std::vector<StatePath> state;  ///< of the agent's profile; empty: none is kept
    AgentProfile::StateUse use = AgentProfile::StateUse::shared;
  } history;
  std::vector<PlannedSettings> settings;  ///< of the agent's user, on the host: those that are there (agent_settings.hpp)
};

/// plan: with its project, workspace mode and confinement; gets a warning where history cannot be kept.
/// Throws Error{usage} for a directory that may not be shared, or a place in the guest that may not be hidden or is taken.
DirectoriesPlan plan_directories(const RunRequest& request, RunPlan& plan, const AgentProfile* profile, const Policy& policy,
                                 const Application& application);

/// A path below the home as one plain name; no two paths become the same.
std::string flat_name(const std::string& path);

/// The host's directories that the session's guest can write to: a live project, mounts, a repository elsewhere. Not what is agentbox's own.
std::vector<std::string> writable_directories(const RunPlan& plan);

/// Makes those that are missing, and says it all in the words of QEMU and of the guest.
struct SharedDirectories {
  std::vector<SharedDirectory> host;
  std::vector<GuestPlan::Prepare::Directory> guest;
  std::vector<GuestPlan::Prepare::Link> links;
  std::optional<GuestPlan::Prepare::Copies> copies;  ///< the guest works with copies of all this; none: it mounts it
  std::optional<FileLock> history_lock;  ///< held by the one session that may use what the agent keeps
  std::optional<GuestPlan::Prepare::Hot> hot;  ///< what is the guest's own in the project (hot_directories.hpp)
  std::optional<KeptDiskImage> kept_disk;
};
/// A session that works on a copy of the project, or on none, gets copies of these, too, but where it has mounts: then nothing of the host's is
/// mounted in its VM, which can be saved while it runs (docs/decisions/0045). Where another session has what only one may use, this one's conversations are not kept, and a note says so.
SharedDirectories open_directories(const RunPlan& plan, const Application& application);

/// In a session's directory: there are conversations to be kept, should it be cut off.
inline constexpr const char* keeps_conversations_name = "keeps-conversations";
/// Of an agent, whatever the request says: for a session that was cut off.
DirectoriesPlan::History history_of(const AgentProfile& profile);

/// Takes what the agent has kept of its conversations out of the guest's copies. A failure is told, and nothing else: the command is over.
void keep_conversations(const SharedDirectories& directories, SshConnection& ssh, Progress& progress);

}  // namespace agentbox
