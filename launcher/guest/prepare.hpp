// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

namespace agentbox::guest {

/// Gives the kernel's random number generator, and with it every getrandom(2) from here on, a state of this machine's own: before
/// anything else. entropy: GuestPlan::Prepare::entropy. Throws like prepare().
void reseed(const std::string& entropy);

/// CLOCK_REALTIME, nanoseconds since the epoch. Throws like prepare().
void set_clock(std::int64_t nanoseconds);

/// Makes a machine that was forked from a template (or booted cold) this session's own: clock, names, the workspace, the agent's
/// seed files; user gets the number that the plan gives it. In that order: nothing may look at the time before it is right.
/// In-process throughout. Throws std::runtime_error or std::system_error with what failed.
enum class Prepared { wholly, without_kept_disk };
Prepared prepare(const GuestPlan::Prepare& plan, User& user);

/// From here on a kernel that stumbles goes on, where it would have ended the machine. Throws like prepare().
void end_boot();

/// Grows the root file system to its disk (ext4 only, online).
void grow_root_filesystem();

}  // namespace agentbox::guest
