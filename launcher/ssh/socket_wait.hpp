// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/signals.hpp"
#include "sys/wait.hpp"

#include <utility>
#include <vector>

namespace agentbox {

/// Descriptors and the events wanted of them, as poll(2) takes them.
using PollSet = std::vector<std::pair<int, short>>;

/// Waiting inside long work: for sockets, for our signals (libssh's own event loop sleeps through both EINTR and a
/// signalfd that it does not know) and for a descriptor that says that there is no use in waiting.
class SocketWait {
 public:
  enum class Outcome { ready, deadline, hopeless };

  /// hopeless_fd: becomes readable when waiting is pointless (a pidfd); -1 for none.
  explicit SocketWait(int hopeless_fd = -1);

  /// Returns when any of the set is ready, at the deadline, or when hopeless_fd is readable.
  /// Throws Interrupted on one of ending_signals().
  Outcome wait(const PollSet& set, Deadline deadline);

 private:
  int hopeless_fd_;
  SignalFd signals_;
};

}  // namespace agentbox
