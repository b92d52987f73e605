// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/signals.hpp"

#include "core/error.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace agentbox {

namespace {

sigset_t make_set(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) {
    ::sigaddset(&set, number);
  }
  return set;
}

/// nohup(1) and the shell's "&" start us with such signals ignored. Blocking them would undo that: the kernel queues a
/// blocked signal even when it is ignored, and a signalfd then delivers it.
bool was_ignored_by_caller(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// One of them that is pending, which it then is not any more; -1: none is.
int take_pending(std::initializer_list<int> signals) noexcept {
  static constexpr timespec at_once{0, 0};
  const sigset_t set = make_set(signals);
  return ::sigtimedwait(&set, nullptr, &at_once);
}

}  // namespace

void block_signals() {
  sigset_t set = make_set({SIGTERM, SIGALRM, SIGWINCH, SIGTSTP, SIGCONT});
  for (const int number : {SIGINT, SIGHUP, SIGQUIT}) {
    if (!was_ignored_by_caller(number)) {
      ::sigaddset(&set, number);
    }
  }
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    throw system_error(error, "cannot block signals");
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  // A caller may have left SIGCHLD ignored; the kernel would then reap our children itself and waitpid() would fail.
  if (::sigaction(SIGPIPE, &ignore, nullptr) != 0 || ::sigaction(SIGCHLD, &standard, nullptr) != 0) {
    throw system_error("cannot set up signals");
  }
}

SignalFd::SignalFd(std::initializer_list<int> signals) {
  const sigset_t set = make_set(signals);
  fd_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) {
    throw system_error("cannot make a signalfd");
  }
}

std::optional<int> SignalFd::read_signal() {
  signalfd_siginfo info;
  ssize_t count = -1;
  do {
    count = ::read(fd_.get(), &info, sizeof info);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof info)) {
    return static_cast<int>(info.ssi_signo);
  }
  if (count < 0 && errno != EAGAIN) {
    throw system_error("cannot read a signalfd");
  }
  return std::nullopt;
}

void ignore_hangups() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  const sigset_t set = make_set({SIGHUP});
  // Unblocked, too: see was_ignored_by_caller().
  const int error = ::sigaction(SIGHUP, &ignore, nullptr) != 0 ? errno : ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  if (error != 0) {
    throw system_error(error, "cannot ignore SIGHUP");
  }
}

SignalFd ending_signals() { return SignalFd({SIGINT, SIGTERM, SIGHUP, SIGALRM}); }

void end_after(std::chrono::seconds time) noexcept {
  ::alarm(0);
  take_pending({SIGALRM});
  if (time.count() > 0) {
    ::alarm(static_cast<unsigned>(time.count()));
  }
}

void throw_if_interrupted() {
  const int number = take_pending({SIGINT, SIGTERM, SIGHUP, SIGALRM});
  if (number > 0) {
    throw Interrupted(number);
  }
}

}  // namespace agentbox
