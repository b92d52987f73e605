// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>

#include "sys/unique_fd.hpp"

namespace agentbox {

/// Blocks SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT and ignores SIGPIPE. main() calls it first, before
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

/// The signals that end what we do: SIGINT, SIGTERM, SIGHUP, and SIGALRM when a time is up (end_after()).
SignalFd ending_signals();

/// SIGALRM comes after that time, in the place of one that was to come; zero: none does any more, not even one that is pending.
/// No child inherits it.
void end_after(std::chrono::seconds time) noexcept;

/// Throws Interrupted when one of ending_signals() is pending, and consumes it. For loops in long work.
void throw_if_interrupted();

}  // namespace agentbox
