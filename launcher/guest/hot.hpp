// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

#include <string>

namespace agentbox::guest {

enum class HotMounted { as_planned, on_own_disk };

/// Puts the guest's own directories over their places in the mounted workspace; on_own_disk: the kept disk could not be
/// mounted. A place that is missing is made, one that cannot be (what it would lie in is gone) is left out. Throws
/// std::system_error.
HotMounted mount_hot(const GuestPlan::Prepare::Hot& hot, const std::string& workspace, const User& user);

/// Everything that was written to the kept disk is on it on return, and nothing more gets there: its machine is about
/// to end. Throws std::system_error.
void freeze_kept_disk();

}  // namespace agentbox::guest
