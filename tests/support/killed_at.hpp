// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

namespace agentbox::test {

/// Which system calls count.
using CountedCalls = std::function<bool(std::uint64_t number)>;

/// Those that change something on a disk, or make sure that it is there.
inline bool changes_disk(std::uint64_t number) {
  constexpr std::array<long, 20> calls{SYS_mkdir,    SYS_mkdirat, SYS_rename,    SYS_renameat, SYS_renameat2, SYS_unlink, SYS_unlinkat,
                                       SYS_rmdir,    SYS_symlink, SYS_symlinkat, SYS_fchmod,   SYS_chmod,     SYS_write,  SYS_pwrite64,
                                       SYS_ftruncate, SYS_fsync,  SYS_fdatasync, SYS_syncfs,   SYS_openat2,   SYS_link};
  return std::find(calls.begin(), calls.end(), static_cast<long>(number)) != calls.end();
}

/// Those that start another process.
inline bool starts_process(std::uint64_t number) {
  constexpr std::array<long, 4> calls{SYS_clone, SYS_clone3, SYS_fork, SYS_vfork};
  return std::find(calls.begin(), calls.end(), static_cast<long>(number)) != calls.end();
}

enum class Ending { killed, by_itself };

/// Runs body in a second process, and kills that right before its nth such call (the first is 1). by_itself: it made fewer of them, and
/// the body returned; throws when that threw. The body must not use Catch2.
inline Ending kill_before_call(std::size_t nth, const CountedCalls& counts, const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) {
    throw std::runtime_error("fork failed");
  }
  if (pid == 0) {
    int code = 1;
    try {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
      body();
      code = 0;
    } catch (const std::exception& error) {
      const std::string text = std::string("killed process: ") + error.what() + "\n";
      [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
    }
    ::_exit(code);
  }
  int status = 0;
  std::size_t seen = 0;
  bool entering = true;
  if (::waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
      ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    throw std::runtime_error("a process of our own cannot be traced");
  }
  for (long signal = 0;; signal = 0) {
    ::ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
    if (::waitpid(pid, &status, 0) != pid || WIFSIGNALED(status)) {
      throw std::runtime_error("a traced process was killed by somebody else");
    }
    if (WIFEXITED(status)) {
      if (WEXITSTATUS(status) != 0) {
        throw std::runtime_error("the traced body failed");
      }
      return Ending::by_itself;
    }
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
      signal = WSTOPSIG(status);
      continue;
    }
    __ptrace_syscall_info info{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    entering = info.op == PTRACE_SYSCALL_INFO_ENTRY;
    if (entering && counts(info.entry.nr) && ++seen == nth) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      return Ending::killed;
    }
  }
}

}  // namespace agentbox::test
