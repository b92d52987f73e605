// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

#include <string>

namespace agentbox::guest {

/// Where the guest keeps what it changes in a workspace that is reviewed: an overlayfs whose upper layer is on the guest's own
/// disk. What lies below is the share (overlay) or a copy of it (copy), so that both are read the same way (changes.hpp).
struct Layers {
  static constexpr const char* share = "/run/agentbox/share";           ///< where the 9p share is mounted, read-only
  static constexpr const char* home = "/var/lib/agentbox/workspace";
  static constexpr const char* upper = "/var/lib/agentbox/workspace/upper";
  static constexpr const char* base = "/var/lib/agentbox/workspace/base";  ///< the copy
  static constexpr const char* path = "/var/lib/agentbox/workspace/path";  ///< a file: where the project appears
  static constexpr const char* left_out = "/var/lib/agentbox/workspace/left-out";  ///< a file: what changes are told without (left_out.hpp)
};

/// Copies what is mounted at Layers::share to Layers::base, unless the disk has such a copy already (a snapshot's). In-process, but
/// for git, which says what a copy is to leave out. Throws std::system_error.
void copy_share(const GuestPlan::Prepare::Workspace& workspace, const User& user);

/// Mounts a layer that is kept in home (made if missing) over lower at path.
void mount_layer(const std::string& lower, const std::string& home, const std::string& path);

/// Mounts the layer over lower (Layers::share or Layers::base) at path. A disk that was used before keeps its layer.
void mount_layers(const std::string& lower, const std::string& path);

}  // namespace agentbox::guest
