// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/policy.hpp"
#include "config/project_file.hpp"

namespace agentbox {

/// A policy as a project's file makes it: never looser in anything. Throws Error{config} that names the place of a key that would loosen,
/// what the policy says, and the way out. Pure.
///
/// Stricter is: of modes, what is named later in open, allowlist, offline; direct, brokered, none; keep, none; of workspaces, where the session
/// writes and sees less; a smaller machine, limit or time. allow, groups, lan and ports may be parts of the policy's; with a policy
/// that is open, allow and groups say what is left of it. deny, guarded and hidden add to the policy's. Of a terminal, less of what a session
/// can do with it; of hot directories, fresh ones.
Policy tighten(Policy policy, const ProjectFile& file);

/// Whether a workspace mode lets a session write or see more than another. no: .gitignore's files are hidden in copies.
struct WorkspaceReach {
  WorkspaceMode mode = WorkspaceMode::live;
  Policy::CopyIgnored ignored = Policy::CopyIgnored::yes;
};
bool is_looser(const WorkspaceReach& one, const WorkspaceReach& other);

/// Of modes that are in order of strictness.
bool is_looser(NetworkMode one, NetworkMode other);
bool is_looser(CredentialMode one, CredentialMode other);
bool is_looser(HistoryMode one, HistoryMode other);
bool is_looser(SettingsMode one, SettingsMode other);
bool is_looser(HotState one, HotState other);

}  // namespace agentbox
