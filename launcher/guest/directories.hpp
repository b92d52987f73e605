// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

/// What the guest sees of the host's directories besides the project. Throws std::system_error.
namespace agentbox::guest {

/// Further directories, and links to single files in them: mounted, or copied to the guest's own disk
/// (GuestPlan::Prepare::Copies).
void mount_directories(const GuestPlan::Prepare& plan, const User& user);

/// Takes back to the host what is to be kept of the copies. Nothing when there are none.
void keep_copies();

}  // namespace agentbox::guest
