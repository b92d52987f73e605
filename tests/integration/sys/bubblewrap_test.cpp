// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/bubblewrap.hpp"

#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/pidfd.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <chrono>
#include <csignal>
#include <utility>

namespace agentbox::bubblewrap_test {

using namespace agentbox::test;

TEST_CASE("a sandbox that outlives bubblewrap's part outside is ended, and no other") {
  const TempDir dir("/tmp");
  const auto sandbox = [&](const std::string& about) {
    PipeEnds info = make_pipe();
    ProcessSpec spec{.argv = {"bwrap", "--info-fd", "4", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--dev", "/dev", "--setenv", "ABOUT",
                              about, "--", "sleep", "1000"},
                     .fds = {{info.write.get(), 4}}};
    ChildProcess outside = ChildProcess::spawn(spec);
    info.write.reset();
    const auto first = read_child_pid(info.read.get(), "sleep", hang());
    return std::pair(std::move(outside), open_pidfd(first.value()));
  };
  auto [outside, inside] = sandbox((dir.path() / "session").native());
  auto [outside_of_another, inside_of_another] = sandbox("/elsewhere/session");
  while (processes_about("bwrap", dir.path().native() + "/").size() < 2) {  // the first process inside is still to become another
  }
  CHECK(end_orphaned_sandboxes({dir.path()}) == 0);

  for (ChildProcess* one : {&outside, &outside_of_another}) {
    one->signal(SIGKILL);
    one->wait();
  }
  CHECK(end_orphaned_sandboxes({"/nowhere", dir.path()}) == 1);
  CHECK(ends(inside.get()));
  CHECK_FALSE(wait_readable(inside_of_another.get(), Clock::now()));
  send_signal(inside_of_another.get(), SIGKILL);
}

}  // namespace agentbox::bubblewrap_test
