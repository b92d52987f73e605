// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/policy.hpp"
#include "store/hot_store.hpp"
#include "workspace/hot/find_hot.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Directories of a live project that are the guest's own (docs/workspace.md, docs/decisions/0026).
namespace agentbox {

struct Application;
struct RunPlan;
struct SharedDirectories;
class SshConnection;

/// A pure value; part of the RunPlan. Nothing is hot but in a live workspace.
struct HotPlan {
  struct Directory {
    std::string path;  ///< relative to the project
    HotCandidate::Host host = HotCandidate::Host::nothing;
    enum class Git { hides, shows } git = Git::shows;  ///< shows: git in the guest is to be told to leave it out
  };
  std::vector<Directory> directories;
  /// apart: Python's compiled files, which would be in a __pycache__ in nearly every directory, are in one place.
  enum class Bytecode { in_place, apart } bytecode = Bytecode::in_place;
  HotState state = HotState::fresh;

  [[nodiscard]] bool any() const { return !directories.empty() || bytecode == Bytecode::apart; }
};

/// plan: with its project, mode and repository; gets warnings and the session's variables. Looks at the project, with
/// bounds.
HotPlan plan_hot(const HotDirectories& wanted, HotState state, RunPlan& plan);

HotStore hot_store(const Application& application);

/// Says it in the words of the guest, and takes the project's kept disk if the plan wants it, for as long as the result
/// lives or QEMU runs; tells the user when that is not to be had.
std::optional<KeptDisk> open_hot(const RunPlan& plan, const Application& application, SharedDirectories& shared);

/// Before the VM starts: what will be made in the project, and which disk it has, for whoever ends or removes the
/// session.
void note_hot_places(const RunPlan& plan, const std::optional<KeptDisk>& disk,
                     const std::filesystem::path& session_directory);
/// The directory of that disk; empty: none.
std::filesystem::path kept_disk_of(const std::filesystem::path& session_directory);

/// After the command: the guest writes what it holds to the kept disk, and nothing more. When the VM has ended after
/// that, the disk counts as whole: its next session gets it as it is.
enum class Frozen { no, yes };
Frozen freeze_kept_disk(SshConnection& ssh) noexcept;
void mark_whole(const std::filesystem::path& disk) noexcept;

}  // namespace agentbox
