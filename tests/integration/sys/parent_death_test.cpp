// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/process.hpp"

#include <csignal>

namespace agentbox::parent_death_test {

using namespace agentbox::test;

namespace {

struct Orphan {
  UniqueFd process;
  bool had_ended_before;
};

/// A middle process spawns a sleeper and is killed; the sleeper is handed back.
Orphan orphan_a_child() {
  Forked middle([&](int report) {
    const ChildProcess child = ChildProcess::spawn({.argv = {"sleep", "1000"}});
    report_line(report, std::to_string(child.pid()));
    sleep_for_ever();
  });
  UniqueFd sleeper = open_pidfd(std::stoi(middle.read_line()));
  REQUIRE(sleeper);
  const bool ended = has_ended(sleeper.get());
  middle.kill();
  return {std::move(sleeper), ended};
}

}  // namespace

TEST_CASE("a child does not outlive a launcher that is killed with SIGKILL") {
  // No destructor runs then. A QEMU that stayed behind would keep the project mounted and the guest running unwatched.
  const Orphan orphan = orphan_a_child();
  CHECK_FALSE(orphan.had_ended_before);
  CHECK(ends(orphan.process.get()));
}

}  // namespace agentbox::parent_death_test
