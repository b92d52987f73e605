// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/rehearsal.hpp"

#include "guest/guest_plan.hpp"
#include "guest/parked.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace agentbox::guest {
namespace {

/// As sshd starts it for the session: as a shell, with the plan in its environment.
[[noreturn]] void become_session(const EnvironmentList& environment) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    dup2(nothing, standard);
  }
  setsid();
  signal(SIGCHLD, SIG_DFL);
  clearenv();
  for (const auto& [name, value] : environment) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  const std::string command = guest_command_prefix + std::string("session");
  execl("/proc/self/exe", "agentbox-guest", "-c", command.c_str(), nullptr);
  _exit(127);
}

}  // namespace

Rehearsal::Rehearsal(const std::string& user) {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
    return;
  }
  const EnvironmentList environment =
      to_environment({.prepare = {}, .user = user, .directory = "/", .argv = {"/usr/bin/true"}});
  signal(SIGCHLD, SIG_IGN);  // the kernel reaps it
  const pid_t process = fork();
  if (process == 0) {
    become_session(environment);
  }
  if (process > 0) {
    process_ = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  }
}

Rehearsal::~Rehearsal() {
  if (process_ >= 0) {
    syscall(SYS_pidfd_send_signal, process_, SIGKILL, nullptr, 0);
    close(process_);
  }
}

}  // namespace agentbox::guest
