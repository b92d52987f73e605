// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/leave.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <exception>

#include "guest/fail.hpp"

namespace agentbox::guest {

void leave(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child < 0) {
    fail("cannot start a process");
  }
  if (child > 0) {
    return;
  }
  setsid();
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    dup2(null, standard);
  }
  try {
    work();
  } catch (const std::exception&) {
    _exit(1);  // the launcher sees the port's silence
  }
  _exit(0);
}

}  // namespace agentbox::guest
