// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/process.hpp"

#include <climits>

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

// ChildProcess::spawn(). Everything that allocates is done before fork(2): between fork and exec the child runs with a
// copy of whatever another thread was in the middle of, malloc's locks included, so it makes system calls only.

namespace agentbox {

namespace {

enum class Step : int { parent_gone, process_group, working_directory, descriptors, program };

/// What the child writes into the error pipe. Nothing comes when exec succeeds: the pipe is close-on-exec.
struct Failure {
  Step step;
  int error_number;
};

/// All that the child needs, ready before the fork.
struct ChildPlan {
  std::string program;
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::string working_directory;
  std::vector<InheritedFd> fds;
  int first_free = 3;  ///< above every number that the child is to have
  int error_pipe = -1;
  pid_t parent = -1;
  ParentDeath parent_death = ParentDeath::kill_child;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (const auto& string : strings) {
    list.push_back(const_cast<char*>(string.c_str()));  // execve(2) does not write to them
  }
  list.push_back(nullptr);
  return list;
}

std::string resolve_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return name;
  }
  const auto path = find_program(name);
  if (path.empty()) {
    throw Error(ErrorKind::environment, "cannot start " + escape_untrusted(name) + ": it is not in PATH");
  }
  return path;
}

/// The descriptors that spec names, and null_fd for the standard streams that it does not.
std::vector<InheritedFd> complete_fds(const ProcessSpec& spec, int null_fd) {
  std::vector<InheritedFd> fds = spec.fds;
  const auto named = [&](int number) {
    return std::count_if(fds.begin(), fds.end(), [&](const InheritedFd& fd) { return fd.theirs == number; });
  };
  for (const auto& fd : spec.fds) {
    if (fd.ours < 0 || fd.theirs < 0 || named(fd.theirs) != 1) {
      throw Error(ErrorKind::internal,
                  "descriptors for " + escape_untrusted(spec.argv.front()) + " contradict each other");
    }
  }
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (named(standard) == 0) {
      fds.push_back({null_fd, standard});
    }
  }
  return fds;
}

[[noreturn]] void fail(const ChildPlan& plan, Step step) {
  const Failure failure{step, errno};
  // Below PIPE_BUF, so written whole; and if even that fails, the exit code is all that is left to say.
  [[maybe_unused]] const ssize_t ignored = ::write(plan.error_pipe, &failure, sizeof failure);
  ::_exit(127);
}

void restore_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    ::sigaction(number, &standard, nullptr);  // fails for KILL, STOP and libc's own two: they need none
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void place_descriptors(ChildPlan& plan) {
  // First everything out of the way: {5 -> 6, 6 -> 5} must not overwrite 6 before it was copied.
  const auto move_up = [&](int fd) {
    const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, plan.first_free);
    if (moved < 0) {
      fail(plan, Step::descriptors);
    }
    return moved;
  };
  plan.error_pipe = move_up(plan.error_pipe);
  for (auto& fd : plan.fds) {
    fd.ours = move_up(fd.ours);
  }
  // Ours are close-on-exec anyway, but a descriptor that our own caller left open is not.
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    fail(plan, Step::descriptors);
  }
  for (const auto& fd : plan.fds) {
    if (::dup2(fd.ours, fd.theirs) < 0) {  // the copy is not close-on-exec
      fail(plan, Step::descriptors);
    }
  }
}

[[noreturn]] void run_child(ChildPlan& plan) {
  if (plan.parent_death == ParentDeath::kill_child) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) {  // it ended before the line above; nobody will send the signal any more
      fail(plan, Step::parent_gone);
    }
  }
  if (::setpgid(0, 0) != 0) {
    fail(plan, Step::process_group);
  }
  place_descriptors(plan);
  if (!plan.working_directory.empty() && ::chdir(plan.working_directory.c_str()) != 0) {
    fail(plan, Step::working_directory);
  }
  restore_signals();
  ::execve(plan.program.c_str(), plan.argv.data(), plan.environment.data());
  fail(plan, Step::program);
}

/// fork(2) with all signals blocked, so that no handler of ours (a sanitizer's, a test's) runs in the child.
pid_t fork_child(ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    run_child(plan);
  }
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    throw system_error(error, "cannot start another process");
  }
  return pid;
}

std::optional<Failure> read_failure(int fd) {
  Failure failure{};
  ssize_t count = -1;
  do {
    count = ::read(fd, &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof failure) ? std::optional(failure) : std::nullopt;
}

Error describe(const Failure& failure, const ProcessSpec& spec) {
  const std::string start = "cannot start " + escape_untrusted(spec.argv.front());
  switch (failure.step) {
    case Step::parent_gone:
      return Error(ErrorKind::environment, start + ": its parent has ended");
    case Step::working_directory:
      return system_error(failure.error_number, start + " in " + escape_untrusted(spec.working_directory.native()));
    case Step::process_group:
      return system_error(failure.error_number, start + " in a process group of its own");
    case Step::descriptors:
      return system_error(failure.error_number, start + " with its file descriptors");
    case Step::program:
      break;
  }
  return system_error(failure.error_number, start);
}

}  // namespace

ChildProcess ChildProcess::spawn(const ProcessSpec& spec) {
  if (spec.argv.empty()) {
    throw Error(ErrorKind::internal, "no program to start was named");
  }
  const UniqueFd null_fd = open_file("/dev/null", O_RDWR);
  PipeEnds errors = make_pipe();
  ChildPlan plan;
  plan.program = resolve_program(spec.argv.front());
  plan.argv = pointers(spec.argv);
  if (spec.environment) {
    plan.environment = pointers(*spec.environment);
  } else {
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
      plan.environment.push_back(*entry);
    }
    plan.environment.push_back(nullptr);
  }
  plan.working_directory = spec.working_directory.native();
  plan.fds = complete_fds(spec, null_fd.get());
  for (const auto& fd : plan.fds) {
    plan.first_free = std::max(plan.first_free, fd.theirs + 1);
  }
  plan.error_pipe = errors.write.get();
  plan.parent = ::getpid();
  plan.parent_death = spec.parent_death;

  const pid_t pid = fork_child(plan);
  errors.write.reset();
  UniqueFd pidfd = open_pidfd(pid);  // race-free: the pid stays taken until we reap the child
  if (!pidfd) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    throw system_error(error, "cannot watch the process of " + escape_untrusted(spec.argv.front()));
  }
  ChildProcess child(pid, std::move(pidfd));
  if (const auto failure = read_failure(errors.read.get())) {
    child.wait();
    throw describe(*failure, spec);
  }
  return child;
}

}  // namespace agentbox
