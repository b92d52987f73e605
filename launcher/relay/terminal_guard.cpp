// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/terminal_guard.hpp"

#include "sys/wait.hpp"

#include <poll.h>

#include <exception>

namespace agentbox {

namespace {

/// For the few bytes at the end, if the terminal takes nothing just then.
constexpr std::chrono::seconds farewell_patience{1};

constexpr std::size_t most_discarded = 65536;

}  // namespace

TerminalGuard::TerminalGuard(int input_fd, InputStream& input, OutputStream& output)
    : input_(input), output_(output), raw_(input_fd) {}

TerminalGuard::~TerminalGuard() {
  try {
    reset_modes();
    discard_replies();
  } catch (const std::exception&) {  // the terminal is gone: there is nothing left to be put in order
  }
  // RawMode's destructor comes last: without echo, a late reply at least does not show.
}

void TerminalGuard::reset_modes() {
  const std::string text = modes_.restore_sequence();
  if (text.empty()) {
    return;
  }
  output_.push(text);
  const Deadline deadline = Clock::now() + farewell_patience;
  while (output_.flush() == OutputStream::Outcome::done && output_.pending()) {
    pollfd set{output_.fd(), POLLOUT, 0};
    if (::poll(&set, 1, poll_timeout(deadline)) == 0) {
      return;
    }
  }
}

void TerminalGuard::discard_replies() {
  std::string dropped;
  std::size_t count = 0;
  pollfd set{input_.fd(), POLLIN, 0};
  while (count < most_discarded && ::poll(&set, 1, 0) == 1) {
    if (input_.read(dropped, 4096) != InputStream::Outcome::data) {
      return;
    }
    count += dropped.size();
  }
}

}  // namespace agentbox
