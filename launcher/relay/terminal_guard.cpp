// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/terminal_guard.hpp"

#include "sys/wait.hpp"

#include <poll.h>

#include <exception>
#include <string>

namespace agentbox {

namespace {

/// For a terminal at the far end of a slow line to answer; most do within milliseconds.
constexpr std::chrono::seconds reply_patience{1};
/// A terminal answers in order, so the answer to this comes after all that the guest has asked (DSR: ready, not ready).
constexpr std::string_view last_question = "\x1b[5n";
constexpr std::string_view last_replies[] = {"\x1b[0n", "\x1b[3n"};

constexpr std::size_t most_discarded = 65536;

}  // namespace

TerminalGuard::TerminalGuard(int input_fd, InputStream& input, OutputStream& output,
                             const std::optional<TerminalRules>& rules)
    : input_(input), raw_(input_fd), output_(output, rules, OutputUse::interactive) {}

TerminalGuard::~TerminalGuard() {
  try {
    output_.put_in_order();
    await_replies();
    discard_input();
  } catch (const std::exception&) {  // the terminal is gone: there is nothing left to be put in order
  }
  // RawMode's destructor comes last: without echo, a late reply at least does not show.
}

std::string_view TerminalGuard::show(std::string_view from_guest) {
  const std::string_view shown = output_.show(from_guest);
  replies_.note_questions(output_.take_questions());
  return shown;
}

void TerminalGuard::await_replies() {
  const bool expected = output_.questions() == TerminalOutput::Questions::unknown || replies_.any();
  // From the background it would be answered to whoever is in front.
  if (!expected || !in_foreground(input_.fd()) || !output_.say_last(last_question)) {
    return;
  }
  const Deadline deadline = Clock::now() + reply_patience;
  std::string seen;
  std::string part;
  pollfd set{input_.fd(), POLLIN, 0};
  while (seen.size() < most_discarded && ::poll(&set, 1, poll_timeout(deadline)) == 1) {
    if (input_.read(part, 4096) != InputStream::Outcome::data) {
      return;
    }
    seen += part;
    for (const std::string_view reply : last_replies) {
      if (seen.find(reply) != std::string::npos) {
        return;
      }
    }
  }
}

void TerminalGuard::discard_input() {
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
