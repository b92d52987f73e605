// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

/// What the guest sees of the host's files: all mounting is here. Throws std::system_error.
namespace agentbox::guest {

/// The project, at its own path, in its mode.
void mount_workspace(const GuestPlan::Prepare::Workspace& workspace, const User& user);

/// Further directories, and links to single files in them.
void mount_directories(const GuestPlan::Prepare& plan, const User& user);

}  // namespace agentbox::guest
