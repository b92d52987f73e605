// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/terminal.hpp"

#include "core/error.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>

namespace agentbox {

std::optional<TerminalSize> terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return TerminalSize{size.ws_col, size.ws_row};
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

RawMode::RawMode(int fd) : fd_(fd) {
  if (::tcgetattr(fd_, &former_) != 0) {
    throw system_error("cannot read the terminal's mode");
  }
  enter();
}

RawMode::~RawMode() { restore(); }

// TCSANOW in both: what was written is processed already, and to wait for a stalled terminal to drain would hang us.

void RawMode::enter() {
  if (raw_) {
    return;
  }
  termios raw = former_;
  ::cfmakeraw(&raw);
  if (::tcsetattr(fd_, TCSANOW, &raw) != 0) {
    throw system_error("cannot set the terminal to raw mode");
  }
  raw_ = true;
}

void RawMode::restore() noexcept {
  if (!raw_) {
    return;
  }
  // From a background process group tcsetattr() stops the caller by SIGTTOU, unless that is blocked. Clean-up must get
  // through even then.
  sigset_t ttou;
  sigset_t before;
  ::sigemptyset(&ttou);
  ::sigaddset(&ttou, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &ttou, &before);
  ::tcsetattr(fd_, TCSANOW, &former_);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  raw_ = false;
}

}  // namespace agentbox
