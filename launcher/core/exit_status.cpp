// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/exit_status.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace agentbox {

ExitStatus ExitStatus::signaled(std::string name) {
  for (int number = 1; number < NSIG; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (known != nullptr && name == known) {
      return signaled(number);
    }
  }
  return signaled(0);  // RFC 4254 allows names of the server's own, "xyz@example.com"
}

ExitStatus ExitStatus::signaled(int signal_number) { return ExitStatus(Signaled{signal_number}); }

ExitStatus ExitStatus::from_wait_status(int status) {
  if (WIFEXITED(status)) {
    return exited(WEXITSTATUS(status));
  }
  if (WIFSIGNALED(status)) {
    return signaled(WTERMSIG(status));
  }
  throw Error(ErrorKind::internal, fmt::format("wait status {:#x} is not that of a process that has ended", status));
}

bool ExitStatus::success() const noexcept {
  const auto* exit = std::get_if<Exited>(&value_);
  return exit != nullptr && exit->code == 0;
}

int ExitStatus::shell_code() const noexcept {
  if (const auto* exit = std::get_if<Exited>(&value_)) {
    return exit->code;
  }
  return 128 + std::get_if<Signaled>(&value_)->number;
}

std::string ExitStatus::describe() const {
  if (const auto* exit = std::get_if<Exited>(&value_)) {
    return fmt::format("exit code {}", exit->code);
  }
  const int number = std::get<Signaled>(value_).number;
  if (number == 0) {
    return "killed by an unknown signal";
  }
  const char* name = ::sigabbrev_np(number);  // null for real-time signals
  return name != nullptr ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", number);
}

}  // namespace agentbox
