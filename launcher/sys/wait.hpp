// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

namespace agentbox {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// poll(2) for one descriptor, through EINTR. True when it is ready (or in error: the next read will tell),
/// false at the deadline. Throws Interrupted when one of ending_signals() is pending.
bool wait_readable(int fd, std::optional<Deadline> deadline);
bool wait_writable(int fd, std::optional<Deadline> deadline);

/// Milliseconds for poll(2): -1 for none, 0 when past, rounded up.
int poll_timeout(std::optional<Deadline> deadline);

}  // namespace agentbox
