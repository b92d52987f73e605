// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay_run.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"

#include <sys/resource.h>

#include <cstdio>

namespace agentbox::throughput_bench {

using namespace agentbox::test;

// Not a test: `test_integration_relay [bench]` prints how fast terminal output passes, as a ratio to OpenSSH's client.

namespace {

constexpr TerminalSize usual{.columns = 80, .rows = 24};
constexpr const char* command =
    "yes 'a line of text as a compiler might print it, with some length' | head -c 100000000";

struct Cost {
  double seconds;
  double cpu_seconds;  ///< of the client; tells more on a busy machine
};

double cpu_seconds_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Cost cost_of(const std::function<int()>& client) {
  const auto begin = Clock::now();
  const double cpu_before = cpu_seconds_of_children();
  TerminalUser(usual, client).wait();
  return {std::chrono::duration<double>(Clock::now() - begin).count(), cpu_seconds_of_children() - cpu_before};
}

int openssh(const SshdFixture& sshd) {
  const SshEndpoint endpoint = sshd.endpoint();
  write_file_atomically(sshd.directory() / "id", endpoint.private_key, 0600);
  ::execlp("ssh", "ssh", "-F", "/dev/null", "-tt", "-q", "-o", "StrictHostKeyChecking=no", "-o",
           "UserKnownHostsFile=/dev/null", "-i", (sshd.directory() / "id").c_str(), "-p",
           std::to_string(sshd.port().number()).c_str(), (endpoint.user + "@127.0.0.1").c_str(), command,
           static_cast<char*>(nullptr));
  return 127;
}

}  // namespace

TEST_CASE("terminal output of 100 MB against OpenSSH's client; a benchmark", "[.][bench]") {
  const SshdFixture sshd;
  for (int round = 0; round < 4; ++round) {
    const Cost theirs = cost_of([&sshd] { return openssh(sshd); });
    const Cost ours = cost_of([&sshd] { return relay_here(sshd.endpoint(), {.command = command}); });
    std::printf("ssh %.2f s (%.2f CPU), relay %.2f s (%.2f CPU); ratio %.2f (%.2f)\n", theirs.seconds,
                theirs.cpu_seconds, ours.seconds, ours.cpu_seconds, theirs.seconds / ours.seconds,
                theirs.cpu_seconds / ours.cpu_seconds);
  }
}

}  // namespace agentbox::throughput_bench
