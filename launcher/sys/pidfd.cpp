// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/pidfd.hpp"

#include "sys/process.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

// By syscall(2): the <sys/pidfd.h> of glibc 2.36 forgot extern "C", so its functions do not link from C++.

namespace agentbox {

UniqueFd open_pidfd(pid_t pid) noexcept { return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

UniqueFd open_process(pid_t pid, std::uint64_t start_time) {
  if (pid <= 0) {
    return {};
  }
  // The descriptor first: from here on the pid cannot pass to another process between the check and the use.
  UniqueFd pidfd = open_pidfd(pid);
  if (!pidfd || process_start_time(pid) != start_time || has_ended(pidfd.get())) {
    return {};
  }
  return pidfd;
}

void send_signal(int pidfd, int signal_number) noexcept {
  ::syscall(SYS_pidfd_send_signal, pidfd, signal_number, nullptr, 0);
}

bool has_ended(int pidfd) noexcept {
  pollfd set{pidfd, POLLIN, 0};
  int ready = -1;
  do {
    ready = ::poll(&set, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace agentbox
