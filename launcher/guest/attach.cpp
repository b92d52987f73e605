// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/fail.hpp"
#include "guest/held_socket.hpp"
#include "guest/hold.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace agentbox::guest {
namespace {

HeldMessage present_ourselves() {
  HeldMessage message{.word = HeldWord::viewer, .status = 0, .fds = {}};
  message.fds.emplace_back(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  message.fds.emplace_back(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  return message;
}

}  // namespace

int attach(const std::string& socket) {
  const Fd holder = reach_holder(socket);
  if (!holder.valid()) {
    return no_held_command;
  }
  sigset_t resized;
  sigemptyset(&resized);
  sigaddset(&resized, SIGWINCH);
  sigprocmask(SIG_BLOCK, &resized, nullptr);
  const Fd signals(signalfd(-1, &resized, SFD_CLOEXEC | SFD_NONBLOCK));
  send_message(holder.get(), present_ourselves());
  while (true) {
    pollfd set[] = {{holder.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
    poll(set, 2, -1);
    if (set[1].revents != 0) {
      signalfd_siginfo info;
      while (read(signals.get(), &info, sizeof info) > 0) {
      }
      send_message(holder.get(), {.word = HeldWord::size, .status = 0, .fds = {}});
    }
    if (set[0].revents != 0) {
      const auto message = receive_message(holder.get());
      return message && message->word == HeldWord::ended ? message->status : no_held_command;
    }
  }
}

void drop_viewers(const std::string& socket) {
  const Fd holder = reach_holder(socket);
  if (holder.valid()) {
    send_message(holder.get(), {.word = HeldWord::drop_all, .status = 0, .fds = {}});
  }
}

void end_like(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const rlimit none{};
    setrlimit(RLIMIT_CORE, &none);
    const int number = WTERMSIG(wait_status);
    signal(number, SIG_DFL);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, nullptr);
    raise(number);
    _exit(128 + number);
  }
  _exit(WEXITSTATUS(wait_status));
}

}  // namespace agentbox::guest
