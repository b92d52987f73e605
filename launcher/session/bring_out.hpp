// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"
#include "store/snapshot_manifest.hpp"
#include "workspace/changes/change_store.hpp"

// Changes of a reviewed workspace, from the VM's disk to changes/ (docs/decisions/0014). At each moment they are on the disk, which
// manifest.json in the session's directory keeps from being cleaned away, or in a change set that is whole.
namespace agentbox {

ChangeStore change_store(const Application& application);

/// Finishes or takes back what a killed `apply` left; tells the user.
void recover_and_tell(const Application& application);

/// Before the VM starts: what lies in the project (ProjectIndex), into the session's directory. Nothing in other modes. Returns what in
/// it its own user cannot read.
std::vector<std::string> note_project(const RunPlan& plan, const std::filesystem::path& session_directory);
/// Before the command starts: what is needed to start this disk again.
void note_disk(const RunPlan& plan, const SessionVm& vm, const SessionHandle& session);
SnapshotManifest snapshot_manifest(const RunPlan& plan, const SessionVm& vm, const std::string& name);
/// For a snapshot that goes on with the same layer.
void keep_index(const std::filesystem::path& session_directory, const std::filesystem::path& snapshot);
std::filesystem::path index_in(const std::filesystem::path& directory);

struct BroughtOut {
  enum class State { none, stored, failed } state = State::none;
  std::string id;
  std::size_t count = 0;
  std::vector<std::pair<std::string, std::string>> files = {};  ///< the first of them: path, and "added", "changed" or "removed"
};
/// After the command: brings the changes out and stores them. A failure is told and is a value: the disk still has them.
BroughtOut save_changes(const RunPlan& plan, SessionVm& vm, SessionHandle& session, const Application& application);

/// One exec over a connection; stores a change set (none when nothing was changed). Throws Error.
ChangeSet bring_out_changes(SshConnection& ssh, const std::string& id, const SessionRecord& record, const std::filesystem::path& index,
                            const Application& application);

/// Ends the VM and leaves its disk to be looked at later.
void keep_unsaved(SessionVm& vm, SessionHandle& session);

}  // namespace agentbox
