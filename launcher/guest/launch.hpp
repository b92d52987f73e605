// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

namespace agentbox::guest {

/// Becomes the user and replaces this process by the command (or the user's login shell). Being replaced, not waiting, keeps
/// exit status, signals and job control those of the command itself. Returns only on failure, with the shell's
/// code for it: 127 not found, 126 not executable; the reason is on standard error.
int become_and_exec(const GuestPlan& plan, const User& user);

}  // namespace agentbox::guest
