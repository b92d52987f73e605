// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/process.hpp"

#include "core/error.hpp"
#include "sys/pidfd.hpp"
#include "sys/wait.hpp"

#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

// A child's life after its start; see spawn.cpp for the start.

namespace agentbox {

namespace {

constexpr std::chrono::milliseconds destructor_grace{1000};

/// poll(2) and not wait_readable(): clean-up must not be ended by the very signal that caused it.
bool wait_for_end(int pidfd, Deadline deadline) noexcept {
  while (true) {
    pollfd set{pidfd, POLLIN, 0};
    const int ready = ::poll(&set, 1, poll_timeout(deadline));
    if (ready > 0) {
      return true;
    }
    if (ready == 0 && poll_timeout(deadline) == 0) {
      return false;
    }
    if (ready < 0 && errno != EINTR) {
      return false;
    }
  }
}

int reap(pid_t pid) noexcept {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      return SIGKILL;  // somebody else reaped our child; the wait status of "killed" is the only safe guess
    }
  }
  return status;
}

}  // namespace

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), status_(std::move(other.status_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    terminate(destructor_grace);
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    status_ = std::move(other.status_);
  }
  return *this;
}

ChildProcess::~ChildProcess() { terminate(destructor_grace); }

void ChildProcess::signal(int signal_number) noexcept {
  if (!status_ && pidfd_) {
    send_signal(pidfd_.get(), signal_number);
  }
}

ExitStatus ChildProcess::wait() {
  if (!status_) {
    if (pid_ <= 0) {
      throw Error(ErrorKind::internal, "waiting for a process that was given away");
    }
    status_ = ExitStatus::from_wait_status(reap(pid_));
  }
  return *status_;
}

std::optional<ExitStatus> ChildProcess::wait_for(std::chrono::milliseconds timeout) {
  if (status_ || wait_for_end(pidfd_.get(), Clock::now() + timeout)) {
    return wait();
  }
  return std::nullopt;
}

void ChildProcess::terminate(std::chrono::milliseconds grace) noexcept {
  if (status_ || pid_ <= 0) {
    return;
  }
  // To the whole group, so that a shell's children go with it. Safe by number: as long as the child is not reaped, its
  // pid, and with it the group's, cannot be given to anybody else.
  if (::kill(-pid_, SIGTERM) != 0) {
    send_signal(pidfd_.get(), SIGTERM);  // it has left its group
  }
  ::kill(-pid_, SIGCONT);  // a stopped process takes no SIGTERM
  wait_for_end(pidfd_.get(), Clock::now() + grace);
  ::kill(-pid_, SIGKILL);
  send_signal(pidfd_.get(), SIGKILL);
  status_ = ExitStatus::from_wait_status(reap(pid_));
}

}  // namespace agentbox
