// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/workspace.hpp"

#include <sys/mount.h>

#include "guest/disks.hpp"
#include "guest/layers.hpp"
#include "guest/left_out.hpp"
#include "guest/make_path.hpp"
#include "guest/share.hpp"

#include <stdexcept>

namespace agentbox::guest {

using Workspace = GuestPlan::Prepare::Workspace;

namespace {

// What a layer or a copy lies on: the project's disk, or, in a guest whose kernel cannot read it, the share.
void mount_project(const std::string& cache) {
  make_path(Layers::share, nullptr);
  if (!mount_project_disk(Layers::share)) {
    mount_share("workspace", Layers::share, share_flags | MS_RDONLY, cache);
  }
}

}  // namespace

void mount_workspace(const Workspace& workspace, const User& user) {
  make_path(workspace.path, nullptr);
  switch (workspace.mode) {
    case Workspace::Mode::live:
      mount_share("workspace", workspace.path, share_flags);
      return;
    case Workspace::Mode::readonly:
      // A courtesy to programs that ask; the host's export is what enforces it.
      mount_share("workspace", workspace.path, share_flags | MS_RDONLY);
      return;
    case Workspace::Mode::overlay:
      mount_project("loose");
      mount_layers(Layers::share, workspace.path);
      LeftOut::note(workspace, user);
      return;
    case Workspace::Mode::copy:
      mount_project("none");
      copy_share(workspace, user);
      umount(Layers::share);
      mount_layers(Layers::base, workspace.path);
      LeftOut::note(workspace, user);
      return;
  }
  throw std::runtime_error("unknown workspace mode");
}

}  // namespace agentbox::guest
