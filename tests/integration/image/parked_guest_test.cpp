// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/parked_guest.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "integration/image/base_with_keys.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

namespace agentbox::parked_guest_test {

using Catch::Matchers::Contains;

namespace {

const GuestPlan plan{.prepare = GuestPlan::Prepare{.clock_ns = 1,
                                                   .entropy = "00",
                                                   .hostname = "h",
                                                   .machine_id = "m",
                                                   .workspace = {},
                                                   .directories = {},
                                                   .links = {},
                                                   .hot = {},
                                                   .uid = {},
                                                   .files = {{"seed", std::string(400000, 's')}}},
                     .user = "agent",
                     .directory = {},
                     .argv = {}};

Deadline in_a_second() { return Clock::now() + std::chrono::seconds(1); }

/// A fork whose guest is the test.
struct Fork {
  test::BaseWithKeys base;
  ParkedGuest guest{base.build, "SSH-2.0-server\r\n"};
  UniqueFd port{::fcntl(guest.machine_ends().control, F_DUPFD_CLOEXEC, 3)};

  void answer(const std::string& text) const { write_all(port.get(), text); }
};

}  // namespace

TEST_CASE("the guest's answers are waited for, one after the other") {
  Fork fork;
  fork.answer("reseeded\nrea");
  // Longer than a socket's buffer: it is written as the guest reads.
  CHECK_THROWS_WITH(fork.guest.begin(plan, in_a_second(), -1), Contains("does not answer"));
  Fork reading;
  reading.answer("reseeded\nrea");
  GuestPlan shorter = plan;
  shorter.prepare->files.clear();
  reading.guest.begin(shorter, in_a_second(), -1);
  CHECK_THROWS_WITH(reading.guest.await_ready(in_a_second(), -1), Contains("does not answer"));
  reading.answer("dy\n");
  reading.guest.await_ready(in_a_second(), -1);

  char sent[65536];
  const ssize_t count = ::read(reading.port.get(), sent, sizeof sent);
  const std::string both(sent, static_cast<std::size_t>(count));
  const std::string random_bytes_first = "2\n00";
  CHECK(both.starts_with(random_bytes_first));
  const std::string text = both.substr(random_bytes_first.size());
  const std::string json = text.substr(text.find('\n') + 1);
  CHECK(std::to_string(json.size()) == text.substr(0, text.find('\n')));
  CHECK(guest_plan_from_json(json).user == "agent");
}

TEST_CASE("a guest that cannot use the kept disk says so before it is ready") {
  GuestPlan small = plan;
  small.prepare->files.clear();
  Fork fork;
  fork.answer("reseeded\nwithout-kept\nready\n");
  fork.guest.begin(small, in_a_second(), -1);
  CHECK(fork.guest.await_ready(in_a_second(), -1) == ParkedGuest::Ready::without_kept_disk);
  Fork twice;
  twice.answer("reseeded\nwithout-kept\nwithout-kept\n");
  twice.guest.begin(small, in_a_second(), -1);
  CHECK_THROWS_WITH(twice.guest.await_ready(in_a_second(), -1), Contains("an answer that is none"));
}

TEST_CASE("what a hostile guest may answer instead") {
  GuestPlan small = plan;
  small.prepare->files.clear();
  Fork fork;
  const auto begin = [&fork, &small] { fork.guest.begin(small, in_a_second(), -1); };
  SECTION("a reason, made fit to print") {
    fork.answer("failed cannot mount\x1b]52;c;x\x07\n");
    CHECK_THROWS_WITH(begin(), Contains("could not be prepared: cannot mount\\x1b]52"));
  }
  SECTION("another word") {
    fork.answer("ready\n");
    CHECK_THROWS_WITH(begin(), Contains("an answer that is none: ready"));
  }
  SECTION("no end of the line") {
    fork.answer(std::string(6000, 'x'));
    CHECK_THROWS_WITH(begin(), Contains("longer than any should be"));
  }
  SECTION("nothing, and the VM goes") {
    fork.port.reset();
    CHECK_THROWS_WITH(begin(), Contains("closed its control port"));
  }
  SECTION("nothing, and the VM's processes end") {
    PipeEnds ended = make_pipe();
    ended.write.reset();
    CHECK_THROWS_WITH(fork.guest.begin(small, in_a_second(), ended.read.get()), Contains("ended while it was being prepared"));
  }
}

}  // namespace agentbox::parked_guest_test
