// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/exit_status.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

#include <cerrno>
#include <csignal>

namespace agentbox::exit_status_test {

TEST_CASE("an exit code") {
  CHECK(ExitStatus::exited(0).success());
  CHECK_FALSE(ExitStatus::exited(3).success());
  CHECK(ExitStatus::exited(3).shell_code() == 3);
  CHECK(ExitStatus::exited(3).describe() == "exit code 3");
}

TEST_CASE("an end by a signal") {
  CHECK(ExitStatus::signaled(SIGTERM) == ExitStatus::signaled("TERM"));
  CHECK_FALSE(ExitStatus::signaled(SIGTERM).success());
  CHECK(ExitStatus::signaled("KILL").shell_code() == 137);
  CHECK(ExitStatus::signaled("TERM").describe() == "killed by SIGTERM");
  CHECK(ExitStatus::signaled(SIGRTMIN + 1).describe() == "killed by signal " + std::to_string(SIGRTMIN + 1));
  // A server may send any name, or nonsense.
  CHECK(ExitStatus::signaled("SIGTERM").describe() == "killed by an unknown signal");
  CHECK(ExitStatus::signaled("\x1b[2J@example.com").describe() == "killed by an unknown signal");
  CHECK_FALSE(ExitStatus::signaled("").success());
  CHECK(ExitStatus::signaled("").shell_code() == 128);
}

TEST_CASE("a wait status") {
  CHECK(ExitStatus::from_wait_status(7 << 8) == ExitStatus::exited(7));
  CHECK(ExitStatus::from_wait_status(SIGKILL) == ExitStatus::signaled(SIGKILL));
  CHECK(ExitStatus::from_wait_status(SIGSEGV | 0x80) == ExitStatus::signaled(SIGSEGV));  // with a core dump
  CHECK_THROWS_AS(ExitStatus::from_wait_status(SIGSTOP << 8 | 0x7f), Error);             // only stopped
}

TEST_CASE("system_error says what was attempted and why it failed") {
  errno = EACCES;
  const Error error = system_error("cannot open /x", "try sudo");
  CHECK(std::string(error.what()) == "cannot open /x: Permission denied");
  CHECK(error.kind() == ErrorKind::environment);
  CHECK(error.hint() == "try sudo");
  CHECK(std::string(system_error(ENOSPC, "cannot write").what()) == "cannot write: No space left on device");
}

}  // namespace agentbox::exit_status_test
