// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/socket_wait.hpp"

#include "core/error.hpp"

#include <poll.h>

#include <cerrno>
#include <csignal>

namespace agentbox {

SocketWait::SocketWait(int hopeless_fd) : hopeless_fd_(hopeless_fd), signals_(ending_signals()) {}

SocketWait::Outcome SocketWait::wait(const PollSet& set, Deadline deadline) {
  std::vector<pollfd> fds{{signals_.fd(), POLLIN, 0}, {hopeless_fd_, POLLIN, 0}};
  for (const auto& [fd, events] : set) {
    fds.push_back({fd, events, 0});
  }
  while (true) {
    const int ready = ::poll(fds.data(), fds.size(), poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) {
      throw system_error("cannot wait for the guest");
    }
    if (const auto number = signals_.read_signal()) {
      throw Interrupted(*number);
    }
    if (ready > 0) {
      return fds[1].revents != 0 ? Outcome::hopeless : Outcome::ready;
    }
    if (Clock::now() >= deadline) {
      return Outcome::deadline;
    }
  }
}

}  // namespace agentbox
