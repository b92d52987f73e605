// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

namespace agentbox::guest {

/// Mounts the project, at its own path, in its mode. Throws std::system_error.
void mount_workspace(const GuestPlan::Prepare::Workspace& workspace, const User& user);

}  // namespace agentbox::guest
