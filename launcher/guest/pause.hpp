// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

/// A machine whose state is saved while it runs (docs/decisions/0033). What sessions have started stands still meanwhile, here and in
/// each machine that is restored from it: there, nothing of it runs before the machine has random numbers, a name and a clock of its own.
namespace agentbox::guest {

/// In a template: makes the group ready for the sessions of its forks. No error: joining it makes it, too.
void make_session_group();

/// Makes this process, and what it starts, one of those that pause() stops. No error where there are no control groups: pause() says so.
void join_session_group();

/// Stops them, and leaves a process that lets them go on when the launcher says so on the control port (ThawPlan): in this machine, or
/// in one that was restored. Returns when they stand still. Throws std::system_error, std::runtime_error.
void pause();

}  // namespace agentbox::guest
