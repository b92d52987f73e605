// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/wait.hpp"

#include "core/error.hpp"
#include "sys/signals.hpp"

#include <poll.h>

#include <cerrno>
#include <csignal>
#include <limits>

namespace agentbox {

namespace {

bool wait_for_events(int fd, short events, std::optional<Deadline> deadline) {
  throw_if_interrupted();
  // Our signals are blocked, so poll(2) would sleep through them: they must be in the set.
  const SignalFd signals = ending_signals();
  while (true) {
    pollfd set[] = {{fd, events, 0}, {signals.fd(), POLLIN, 0}};
    const int ready = ::poll(set, 2, poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) {
      throw system_error("cannot wait for a file descriptor");
    }
    throw_if_interrupted();
    if (ready > 0 && set[0].revents != 0) {
      return true;
    }
    if (ready == 0 && poll_timeout(deadline) == 0) {
      return false;
    }
  }
}

}  // namespace

bool wait_readable(int fd, std::optional<Deadline> deadline) { return wait_for_events(fd, POLLIN, deadline); }
bool wait_writable(int fd, std::optional<Deadline> deadline) { return wait_for_events(fd, POLLOUT, deadline); }

int poll_timeout(std::optional<Deadline> deadline) {
  if (!deadline) {
    return -1;
  }
  const auto rest = *deadline - Clock::now();
  if (rest <= Clock::duration::zero()) {
    return 0;
  }
  // Rounded up: a rounded-down timeout of 0 would spin through the last millisecond.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(rest).count();
  constexpr auto longest = std::numeric_limits<int>::max();
  return milliseconds > longest ? longest : static_cast<int>(milliseconds);
}

}  // namespace agentbox
