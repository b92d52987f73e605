// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/terminal.hpp"

#include "guest/fail.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

namespace agentbox::guest {
namespace {

void restore_signals() {
  for (const int number : {SIGHUP, SIGPIPE}) {
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_on(int slave, const char* name, const std::function<int()>& command) {
  if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) != 0) {
    _exit(126);
  }
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    dup2(slave, standard);
  }
  if (std::getenv("SSH_TTY") != nullptr) {
    setenv("SSH_TTY", name, 1);
  }
  restore_signals();
  _exit(command());
}

winsize size_of(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    size.ws_row = 24;
    size.ws_col = 80;
  }
  return size;
}

}  // namespace

TerminalCommand start_on_terminal(const std::function<int()>& command) {
  TerminalCommand started{.master = Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), .size = size_of(STDIN_FILENO)};
  char name[64];
  if (!started.master.valid() || unlockpt(started.master.get()) != 0 || ptsname_r(started.master.get(), name, sizeof name) != 0) {
    fail("cannot make a terminal");
  }
  const Fd slave(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios modes{};
  if (!slave.valid() || (tcgetattr(STDIN_FILENO, &modes) == 0 && tcsetattr(slave.get(), TCSANOW, &modes) != 0) ||
      ioctl(slave.get(), TIOCSWINSZ, &started.size) != 0 || fcntl(started.master.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0) {
    fail("cannot set up a terminal");
  }
  started.pid = fork();
  if (started.pid < 0) {
    fail("cannot start a process");
  }
  if (started.pid == 0) {
    run_on(slave.get(), name, command);
  }
  return started;
}

}  // namespace agentbox::guest
