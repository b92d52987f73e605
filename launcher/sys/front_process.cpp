// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/front_process.hpp"

#include "core/error.hpp"
#include "core/exit_status.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

namespace agentbox {
namespace {

constexpr std::array passed_on{SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT};

/// Those that our caller ignores stay unblocked, and so ignored (block_signals()).
sigset_t watched_signals() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : passed_on) {
    if (::sigismember(&blocked, number) == 1) {
      ::sigaddset(&set, number);
    }
  }
  ::sigaddset(&set, SIGCHLD);
  return set;
}

/// The process in front.
class Waiter {
 public:
  Waiter(pid_t work, UniqueFd let_go, UniqueFd signals)
      : work_(work), let_go_(std::move(let_go)), signals_(std::move(signals)) {}

  int wait() {
    while (true) {
      pollfd set[] = {{let_go_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
      ::poll(set, 2, -1);
      if (set[0].revents != 0) {
        if (const auto code = read_code()) {
          return *code;
        }
        let_go_.reset();  // it has ended, or is about to
      }
      if (const auto code = on_signals()) {
        return *code;
      }
    }
  }

 private:
  std::optional<int> read_code() {
    int code = 0;
    const ssize_t count = ::read(let_go_.get(), &code, sizeof code);
    return count == static_cast<ssize_t>(sizeof code) ? std::optional(code) : std::nullopt;
  }

  std::optional<int> on_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      if (number == SIGCHLD) {
        if (const auto code = look_at_work()) {
          return code;
        }
      } else if (info.ssi_code <= 0) {  // by kill(2). What the terminal sends, the work has got itself
        ::kill(work_, number);
      }
    }
    return std::nullopt;
  }

  std::optional<int> look_at_work() {
    int status = 0;
    if (::waitpid(work_, &status, WNOHANG | WUNTRACED) != work_) {
      return std::nullopt;
    }
    if (WIFSTOPPED(status)) {
      ::raise(SIGSTOP);  // our caller is to see it; SIGCONT goes to both of us
      ::kill(work_, SIGCONT);
      return std::nullopt;
    }
    if (const auto code = let_go_ ? read_code() : std::nullopt) {
      return code;
    }
    return ExitStatus::from_wait_status(status).shell_code();
  }

  pid_t work_;
  UniqueFd let_go_;
  UniqueFd signals_;
};

}  // namespace

Front::Front(UniqueFd pipe, pid_t pid) : pipe_(std::move(pipe)), pid_(pid) {}

void Front::let_go(int exit_code, const UniqueFd& messages) {
  if (!present()) {
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::setsid();
  [[maybe_unused]] const int ignored = ::chdir("/");
  const UniqueFd null_fd = open_file("/dev/null", O_RDWR);
  ::dup2(null_fd.get(), STDIN_FILENO);
  ::dup2(null_fd.get(), STDOUT_FILENO);
  ::dup2(messages.get(), STDERR_FILENO);
  if (::write(pipe_.get(), &exit_code, sizeof exit_code) != static_cast<ssize_t>(sizeof exit_code)) {
    ::kill(pid_, SIGKILL);  // it cannot be: it reads until it ends
  }
  pipe_.reset();
}

int work_behind_front(const std::function<int(Front&)>& work) {
  PipeEnds let_go = make_pipe();
  const sigset_t watched = watched_signals();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &watched, &before);
  const pid_t front = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw system_error(error, "cannot start another process");
  }
  if (pid == 0) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGHUP);
    if (::getppid() != front) {
      throw Interrupted(SIGHUP);
    }
    let_go.read.reset();
    Front in_front(std::move(let_go.write), front);
    return work(in_front);
  }
  let_go.write.reset();
  UniqueFd signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    throw system_error("cannot make a signalfd");
  }
  return Waiter(pid, std::move(let_go.read), std::move(signals)).wait();
}

}  // namespace agentbox
