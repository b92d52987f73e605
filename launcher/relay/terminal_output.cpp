// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/terminal_output.hpp"

#include "relay/filter/encoding.hpp"
#include "sys/wait.hpp"

#include <poll.h>

#include <exception>

namespace agentbox {

namespace {

/// For the few bytes at the end, if the terminal takes nothing just then.
constexpr std::chrono::seconds farewell_patience{1};

}  // namespace

TerminalOutput::TerminalOutput(OutputStream& stream, const std::optional<TerminalRules>& rules, OutputUse use)
    : stream_(stream) {
  if (rules) {
    filter_.emplace(*rules, use, encoding_of_terminal(stream.fd()));
  }
}

TerminalOutput::~TerminalOutput() {
  try {
    put_in_order();
  } catch (const std::exception&) {  // the terminal is gone: there is nothing left to be put in order
  }
}

std::string_view TerminalOutput::show(std::string_view from_guest) {
  const std::string_view shown = filter_ ? filter_->filter(from_guest) : from_guest;
  modes_.feed(shown);
  stream_.push(shown);
  return shown;
}

void TerminalOutput::show_own(std::string_view text) {
  modes_.feed(text);
  stream_.push(text);
}

void TerminalOutput::put_in_order() {
  const std::string text = modes_.restore_sequence();
  if (!text.empty()) {
    modes_ = TerminalModes();
    say_last(text);
  }
}

bool TerminalOutput::say_last(std::string_view text) {
  stream_.push(text);
  const Deadline deadline = Clock::now() + farewell_patience;
  while (stream_.flush() == OutputStream::Outcome::done) {
    if (!stream_.pending()) {
      return true;
    }
    pollfd set{stream_.fd(), POLLOUT, 0};
    if (::poll(&set, 1, poll_timeout(deadline)) == 0) {
      return false;
    }
  }
  return false;
}

}  // namespace agentbox
