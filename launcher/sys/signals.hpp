// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>

#include "sys/unique_fd.hpp"

namespace agentbox {

/// Blocks SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT and ignores SIGPIPE. main() calls it first, before
/// any thread. SIGINT, SIGHUP and SIGQUIT stay ignored when our caller wants that (nohup, "&" in a script).
/// From then on a signal is an event: it is read from a SignalFd, or seen by throw_if_interrupted().
void block_signals();

/// signalfd(2) for some of the blocked signals; put fd() into a poll set.
class SignalFd {
 public:
  explicit SignalFd(std::initializer_list<int> signals);
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The next signal's number, or none when nothing is pending. Never blocks.
  std::optional<int> read_signal();

 private:
  UniqueFd fd_;
};

/// Drops a SIGHUP that is pending and ignores all that come, for good: when a terminal goes, several processes tell us so, and what is done
/// because of the first must not be interrupted by the next.
void ignore_hangups();

/// Throws Interrupted when SIGINT, SIGTERM or SIGHUP is pending, and consumes it. For loops in long work.
void throw_if_interrupted();

}  // namespace agentbox
