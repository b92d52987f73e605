// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/event_set.hpp"

#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/process_usage.hpp"
#include "sys/timer_fd.hpp"
#include "sys/wait.hpp"

#include <unistd.h>

namespace agentbox::event_set_test {

TEST_CASE("a set of descriptors is readable when one of them is, and tells which") {
  const PipeEnds one = make_pipe();
  const PipeEnds other = make_pipe();
  EventSet events;
  events.add(one.read.get());
  events.add(other.read.get());
  CHECK_FALSE(wait_readable(events.fd(), Clock::now()));
  CHECK(events.readable().empty());
  write_all(other.write.get(), "x");
  CHECK(wait_readable(events.fd(), Clock::now() + std::chrono::seconds(60)));
  CHECK(events.readable() == std::vector<int>{other.read.get()});
}

TEST_CASE("a timer is readable again and again") {
  const TimerFd timer(std::chrono::milliseconds(1));
  for (int turn = 0; turn < 3; ++turn) {
    CHECK(wait_readable(timer.fd(), Clock::now() + std::chrono::seconds(60)));
    timer.take();
  }
}

TEST_CASE("what a process uses is read from /proc, and of none nothing") {
  const auto before = process_usage(::getpid());
  REQUIRE(before);
  CHECK(before->memory > ByteSize::mebibytes(1));
  const std::vector<char> more(std::size_t{64} << 20U, 'x');
  const auto after = process_usage(::getpid());
  REQUIRE(after);
  CHECK(after->memory >= ByteSize(before->memory.bytes() + (std::uint64_t{60} << 20U)));
  CHECK(after->processor >= before->processor);
  CHECK(more.back() == 'x');
  CHECK_FALSE(process_usage(0x7ffffff));
}

// A VM's first process is the sandbox, which uses nothing.
TEST_CASE("what the descendants of a process use is its own, too") {
  const PipeEnds ready = make_pipe();
  const ChildProcess outer = ChildProcess::spawn(
      {.argv = {"sh", "-c", "sh -c 'big=$(head -c 20000000 /dev/zero | tr \"\\0\" x); echo; sleep 1000; :' & wait"},
       .fds = {{ready.write.get(), 1}}});
  CHECK(wait_readable(ready.read.get(), Clock::now() + std::chrono::seconds(60)));
  const auto alone = process_usage(outer.pid());
  const auto all = usage_with_descendants(outer.pid());
  REQUIRE(alone);
  REQUIRE(all);
  CHECK(all->memory >= ByteSize(alone->memory.bytes() + 19'000'000));
  CHECK(all->processor >= alone->processor);
  CHECK_FALSE(usage_with_descendants(0x7ffffff));
}

}  // namespace agentbox::event_set_test
