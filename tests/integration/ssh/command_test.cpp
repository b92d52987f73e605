// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "ssh/connection.hpp"
#include "support/catch.hpp"
#include "support/sshd_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace agentbox::command_test {

using namespace agentbox::test;

namespace {

/// 20 MB in which no two places look alike.
std::string large_text() {
  std::string text;
  std::uint64_t state = 1;
  while (text.size() < 20'000'000) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text.append(reinterpret_cast<const char*>(&state), sizeof state);
  }
  return text;
}

}  // namespace

TEST_CASE("a command's exit code comes back") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  for (const int code : {0, 3, 255}) {
    CHECK(connection.run({.command = "exit " + std::to_string(code)}).status == ExitStatus::exited(code));
  }
}

// libssh's ssh_channel_get_exit_status() would give -1 here.
TEST_CASE("death by a signal comes back as such") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  CHECK(connection.run({.command = "kill -TERM $$"}).status == ExitStatus::signaled("TERM"));
  CHECK(connection.run({.command = "kill -KILL $$"}).status == ExitStatus::signaled("KILL"));
}

TEST_CASE("the streams are apart, and input ends") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const auto result = connection.run({.command = "cat; echo to stderr >&2; exit 4"}, "from stdin\n");
  CHECK(result.output == "from stdin\n");
  CHECK(result.error_output == "to stderr\n");
  CHECK(result.status == ExitStatus::exited(4));
}

TEST_CASE("no command is a login shell") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const auto result = connection.run({.command = ""}, "echo from $((20 + 3))\nexit 5\n");
  CHECK(result.output.find("from 23") != std::string::npos);
  CHECK(result.status == ExitStatus::exited(5));
}

TEST_CASE("environment travels as requests, whatever it holds") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const std::string value = "a 'quoted' $HOME `id` \"x\" \\ \n second line \xc3\xa9";
  const auto result = connection.run({.command = "printf %s \"$AGENTBOX_TEST_A/$AGENTBOX_TEST_B\"",
                                      .environment = {{"AGENTBOX_TEST_A", value}, {"AGENTBOX_TEST_B", ""}},
                                      .pty = {}});
  CHECK(result.output == value + "/");
}

// A variable that silently does not arrive is an agent without its key, or with another one's. It must never end up on
// a command line instead, where every process of the guest can read it.
TEST_CASE("a refused environment variable is an error that names it, not its value") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  try {
    connection.run({.command = "true", .environment = {{"SECRET_KEY", "hunter2"}}, .pty = {}});
    FAIL("the refusal went unnoticed");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::backend);
    CHECK(std::string(error.what()).find("SECRET_KEY") != std::string::npos);
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
  }
  CHECK(connection.run({.command = "echo still here"}).output == "still here\n");
}

TEST_CASE("20 MB pass both ways unchanged") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const std::string text = large_text();
  const auto result = connection.run({.command = "cat"}, text, ByteSize::mebibytes(64));
  CHECK(result.status.success());
  CHECK(result.output.size() == text.size());
  CHECK(sha256_hex(result.output) == sha256_hex(text));
}

// Each side renews the keys in the middle of the stream; with libssh that refuses and queues what is sent meanwhile.
TEST_CASE("nothing is lost when the server renegotiates keys all the time") {
  const SshdFixture sshd("RekeyLimit 1M");
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const std::string text = large_text();
  const auto result = connection.run({.command = "cat"}, text, ByteSize::mebibytes(64));
  CHECK(result.status.success());
  CHECK(sha256_hex(result.output) == sha256_hex(text));
}

TEST_CASE("output beyond the limit is read and dropped") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const auto result = connection.run({.command = "head -c 3000000 /dev/zero; echo done >&2"}, {}, ByteSize(1000));
  CHECK(result.output.size() == 1000);
  CHECK(result.error_output == "done\n");
  CHECK(result.status.success());
}

TEST_CASE("a command that does not read its input ends all the same") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  CHECK(connection.run({.command = "exit 6"}, std::string(8'000'000, 'x')).status == ExitStatus::exited(6));
  CHECK(connection.run({.command = "echo next"}).output == "next\n");
}

// `some-daemon &` keeps the output open after the command itself has ended; without a bound we would wait for ever.
TEST_CASE("what a command leaves behind does not hold it up") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const auto result = connection.run({.command = "sleep 20 & echo started; exit 3"});
  CHECK(result.output == "started\n");
  CHECK(result.status == ExitStatus::exited(3));
}

TEST_CASE("lines of both streams are handed on") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  std::vector<std::string> lines;
  const auto status = connection.run_with_lines({.command = "echo one; echo two >&2; printf three; exit 2"}, {},
                                                [&lines](std::string_view line) { lines.emplace_back(line); });
  std::sort(lines.begin(), lines.end());
  CHECK(lines == std::vector<std::string>{"one", "three", "two"});
  CHECK(status == ExitStatus::exited(2));
}

TEST_CASE("a PTY has the size and the terminal type that were asked for") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  const auto result =
      connection.run({.command = "stty size; echo $TERM; tty >/dev/null && echo is a tty",
                      .environment = {},
                      .pty = PtyRequest{.term = "xterm-256color", .size = {.columns = 91, .rows = 33}}});
  CHECK(result.output == "33 91\r\nxterm-256color\r\nis a tty\r\n");
}

TEST_CASE("many commands on one connection leave nothing behind") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  for (int i = 0; i < 15; ++i) {
    REQUIRE(connection.run({.command = "echo " + std::to_string(i)}).output == std::to_string(i) + "\n");
  }
}

// libssh waits for ever. A guest that was stopped, or that keeps its connection and says nothing, would keep its user.
TEST_CASE("a server that falls silent is given up after its time, and one that answers probes is not") {
  const SshdFixture sshd;
  SshEndpoint endpoint = sshd.endpoint();
  endpoint.patience = {.probe_after = std::chrono::seconds(1), .dead_after = std::chrono::seconds(6)};
  auto connection = SshConnection::connect(endpoint, soon());
  CHECK(connection.run({.command = "sleep 8; echo over"}).output == "over\n");
  std::string message;
  try {
    connection.run({.command = "kill -STOP $PPID; sleep 60"});
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK(message.find("has not answered for 6 s") != std::string::npos);
}

TEST_CASE("a server that dies in the middle is an error") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  CHECK_THROWS_AS(connection.run({.command = "kill -KILL $PPID; sleep 20"}), Error);
  CHECK_THROWS_AS(connection.run({.command = "true"}), Error);
}

}  // namespace agentbox::command_test
