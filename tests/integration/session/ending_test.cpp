// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/ending.hpp"

#include "support/catch.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"

#include <unistd.h>

#include <csignal>

namespace agentbox::ending_test {

TEST_CASE("the end of the time, while the user is asked what becomes of the VM, loses nothing") {
  block_signals();
  const PipeEnds silent = make_pipe();
  const int before = ::dup(STDIN_FILENO);
  REQUIRE(::dup2(silent.read.get(), STDIN_FILENO) == STDIN_FILENO);
  RunPlan plan;
  plan.on_exit = OnExit::ask;
  for (const int signal : {SIGALRM, SIGTERM}) {
    ::kill(::getpid(), signal);
    CHECK(decide_ending(plan, Audience::user) == OnExit::snapshot);
  }
  ::dup2(before, STDIN_FILENO);
  ::close(before);
}

}  // namespace agentbox::ending_test
