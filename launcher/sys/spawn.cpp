// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/landlock.hpp"
#include "sys/name_calls.hpp"
#include "sys/fd_passing.hpp"
#include "sys/process.hpp"
#include "sys/walls.hpp"

#include <climits>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

enum class Step : int { parent_gone, process_group, working_directory, descriptors, limits, supervision, walls, program };

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
  std::vector<ResourceLimit> limits;
  int first_free = 3;  ///< above every number that the child is to have
  int error_pipe = -1;
  pid_t parent = -1;
  const char* start = nullptr;  ///< program, where execve(2) is to find it
  int ruleset = -1;             ///< Landlock's; -1: none
  std::vector<bpf::Program> filters;
  bpf::Program supervised;      ///< empty: nobody is asked
  int supervision = -1;         ///< the socket to the supervisor
  pid_t supervisor = -1;
  sock_filter* own_pid = nullptr;  ///< the instruction of the last filter that compares with the child's pid; null: no walls
};

/// A program's path at an address that nobody can guess: see lone_process_filter().
class HiddenPath {
 public:
  explicit HiddenPath(const std::string& path) {
    if (path.size() >= most_) {
      throw system_error(ENAMETOOLONG, "cannot start " + escape_untrusted(path));
    }
    // 34 random bits for the page (user space has 47 bits of addresses), 12 for the place within it.
    for (int tries = 0; pages_ == MAP_FAILED && tries < 16; ++tries) {
      const std::uint64_t bits = random();
      auto* const wanted = reinterpret_cast<void*>(bits & 0x3FFFFFFFF000U);
      pages_ = ::mmap(wanted, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
      start_ = pages_ == MAP_FAILED ? nullptr : static_cast<char*>(pages_) + (bits >> 52U);
    }
    if (start_ == nullptr) {
      throw system_error("cannot start " + escape_untrusted(path));
    }
    std::copy(path.begin(), path.end(), start_);
  }
  HiddenPath(const HiddenPath&) = delete;
  HiddenPath& operator=(const HiddenPath&) = delete;
  ~HiddenPath() { ::munmap(pages_, size_); }
  [[nodiscard]] const char* start() const { return start_; }

 private:
  static std::uint64_t random() {
    std::uint64_t bits = 0;
    const auto bytes = random_bytes(sizeof bits);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<unsigned char*>(&bits));
    return bits;
  }
  static constexpr std::size_t size_ = 65536;  // pages may be that large
  static constexpr std::size_t most_ = 8192;
  void* pages_ = MAP_FAILED;
  char* start_ = nullptr;
};

/// The child's pid is not known yet: it puts its own in.
void plan_walls(ChildPlan& plan, const Walls& walls, const HiddenPath& path) {
  constexpr std::uint32_t unknown = 0xFFFFFFF1;
  plan.start = path.start();
  plan.ruleset = walls.ruleset.get();
  plan.filters = walls.filters;
  bpf::Program& last = plan.filters.emplace_back(lone_process_filter({.program = path.start(), .pid = unknown}));
  plan.own_pid = &*std::find_if(last.begin(), last.end(), [](const sock_filter& one) { return one.k == unknown; });
}

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
  if (plan.ruleset >= 0) {
    plan.ruleset = move_up(plan.ruleset);
  }
  if (plan.supervision >= 0) {
    plan.supervision = move_up(plan.supervision);
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

void lower_limits(const ChildPlan& plan) {
  for (const auto& [resource, most] : plan.limits) {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) {
      fail(plan, Step::limits);
    }
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, most);
    limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) {
      fail(plan, Step::limits);
    }
  }
}

void be_supervised(ChildPlan& plan) {
  ::prctl(PR_SET_PTRACER, static_cast<unsigned long>(plan.supervisor), 0, 0, 0);  // fails where nothing stands in its way
  const sock_fprog program{static_cast<unsigned short>(plan.supervised.size()), plan.supervised.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    fail(plan, Step::supervision);
  }
  const long listener = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener < 0 || !send_with_fds(plan.supervision, "n", {static_cast<int>(listener)})) {
    fail(plan, Step::supervision);
  }
  ::close(static_cast<int>(listener));
}

/// From here on only what leads to exec.
void raise_walls(ChildPlan& plan) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  // With no_new_privs, exec gives none of them back, not even to root.
  if (::syscall(SYS_capset, &header, none) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      (plan.ruleset >= 0 && restrict_self(plan.ruleset) != 0)) {
    fail(plan, Step::walls);
  }
  plan.own_pid->k = static_cast<std::uint32_t>(::getpid());
  for (auto& filter : plan.filters) {
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
      fail(plan, Step::walls);
    }
  }
}

[[noreturn]] void run_child(ChildPlan& plan) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) {  // it ended before the line above; nobody will send the signal any more
    fail(plan, Step::parent_gone);
  }
  if (::setpgid(0, 0) != 0) {
    fail(plan, Step::process_group);
  }
  place_descriptors(plan);
  if (!plan.working_directory.empty() && ::chdir(plan.working_directory.c_str()) != 0) {
    fail(plan, Step::working_directory);
  }
  restore_signals();
  lower_limits(plan);
  if (plan.supervision >= 0) {
    be_supervised(plan);
  }
  if (plan.own_pid != nullptr) {
    raise_walls(plan);
  }
  ::execve(plan.start, plan.argv.data(), plan.environment.data());
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
    case Step::limits:
      return system_error(failure.error_number, start + " with its resource limits");
    case Step::supervision:
      if (failure.error_number == EBUSY) {
        return Error(ErrorKind::environment, start + " with its use of files supervised: agentbox itself is supervised so (seccomp_unotify)",
                     "run agentbox outside of this container, or use --workspace copy");
      }
      return system_error(failure.error_number, start + " with its use of files supervised");
    case Step::walls:
      return system_error(failure.error_number, start + " behind Landlock and seccomp");
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
  plan.limits = spec.limits;
  plan.fds = complete_fds(spec, null_fd.get());
  for (const auto& fd : plan.fds) {
    plan.first_free = std::max(plan.first_free, fd.theirs + 1);
  }
  plan.error_pipe = errors.write.get();
  plan.start = plan.program.c_str();
  std::optional<HiddenPath> hidden;
  if (spec.walls != nullptr) {
    hidden.emplace(plan.program);
    plan_walls(plan, *spec.walls, *hidden);
  }
  if (spec.supervised != nullptr) {
    plan.supervised = name_call_filter(spec.supervised->asked);
    plan.supervision = spec.supervised->socket;
    plan.supervisor = spec.supervised->supervisor;
  }
  plan.parent = ::getpid();

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
