// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/terminal.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>

namespace agentbox {

namespace {

/// From a background process group tcsetattr() and tcsetpgrp() stop the caller by SIGTTOU, unless that is blocked.
/// Clean-up must get through even then.
class SigttouBlocked {
 public:
  SigttouBlocked() noexcept {
    sigset_t ttou;
    ::sigemptyset(&ttou);
    ::sigaddset(&ttou, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &ttou, &before_);
  }
  ~SigttouBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SigttouBlocked(const SigttouBlocked&) = delete;
  SigttouBlocked& operator=(const SigttouBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

std::optional<TerminalSize> terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return TerminalSize{size.ws_col, size.ws_row};
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool is_utf8_terminal(int fd) {
  termios modes{};
  return ::tcgetattr(fd, &modes) == 0 && (modes.c_iflag & IUTF8) != 0;
}

bool in_foreground(int fd) { return ::tcgetpgrp(fd) == ::getpgrp(); }

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
  const SigttouBlocked blocked;
  ::tcsetattr(fd_, TCSANOW, &former_);
  raw_ = false;
}

Foreground::Foreground(pid_t group) {
  UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal || ::tcgetpgrp(terminal.get()) != ::getpgrp() || ::tcgetattr(terminal.get(), &former_) != 0 ||
      ::tcsetpgrp(terminal.get(), group) != 0) {
    return;
  }
  terminal_ = std::move(terminal);
  ::kill(-group, SIGCONT);  // it may have asked before it was allowed to, and been stopped
}

Foreground::~Foreground() {
  if (!terminal_) {
    return;
  }
  const SigttouBlocked blocked;
  ::tcsetpgrp(terminal_.get(), ::getpgrp());
  ::tcsetattr(terminal_.get(), TCSANOW, &former_);
}

}  // namespace agentbox
