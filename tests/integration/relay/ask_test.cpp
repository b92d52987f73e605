// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "relay_run.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"

#include <sys/socket.h>

namespace agentbox::ask_test {

using namespace agentbox::test;

// The relay of a command, on a terminal, with a test in the gateway's place: questions and answers go through a socket
// pair, a line each.

namespace {

constexpr TerminalSize usual{.columns = 80, .rows = 24};

/// The gateway's stand-in on the relay's side: "ask ID HOST" or "withdraw ID" in, "ID ANSWER" out.
class LineSource : public AskSource {
 public:
  explicit LineSource(int fd) : fd_(fd) {}
  [[nodiscard]] int fd() const override { return fd_; }
  std::optional<QuestionEvent> next() override {
    char buffer[256];
    const ssize_t count = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    received_.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    const auto end = received_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const auto words = split(received_.substr(0, end), ' ');
    received_.erase(0, end + 1);
    const std::uint64_t id = std::stoull(words[1]);
    if (words[0] == "withdraw") return WithdrawnQuestion{id};
    return PosedQuestion{.question = {id, HostName::parse(words[2]).value(), 443}, .time = std::chrono::seconds(30)};
  }
  void answer(const AskQuestion& question, AskAnswer answer) override {
    const std::string line = std::to_string(question.id) + " " + std::string(to_string(answer)) + "\n";
    ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
  }

 private:
  int fd_;
  std::string received_;
};

struct Ends {
  SocketPair pair = make_socket_pair();
};

class AskedUser : private Ends, public TerminalUser {
 public:
  AskedUser(const SshdFixture& sshd, const std::string& command)
      : TerminalUser(usual, [&sshd, command, fd = pair.theirs.get()] {
          LineSource source(fd);
          return relay_here(sshd.endpoint(), {.command = command, .questions = &source});
        }) {}

  void gateway_says(const std::string& line) { write_all(pair.ours.get(), line + "\n"); }
  /// The relay's next answer; "" when none comes for that long.
  std::string answer(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const Deadline deadline = Clock::now() + patience;
    while (answers_.find('\n') == std::string::npos) {
      pollfd set[2] = {{pair.ours.get(), POLLIN, 0}, {fd(), POLLIN, 0}};
      if (::poll(set, 2, poll_timeout(deadline)) < 1) return "";
      if ((set[1].revents & POLLIN) != 0) read_once();
      if ((set[0].revents & POLLIN) == 0) continue;
      char buffer[256];
      const ssize_t count = ::recv(pair.ours.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return "";
      answers_.append(buffer, static_cast<std::size_t>(count));
    }
    const auto end = answers_.find('\n');
    const std::string line = answers_.substr(0, end);
    answers_.erase(0, end + 1);
    return line;
  }
  /// Until a key would be an answer.
  void pauses() { CHECK(answer(std::chrono::milliseconds(1500)).empty()); }

 private:
  std::string answers_;
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a question stands on the alternate screen, its answer is one key, and the guest goes on") {
  const SshdFixture sshd;
  AskedUser user(sshd, "stty raw -echo; echo ready; head -c 1 | od -c; echo through; sleep 60");
  REQUIRE(user.sees("ready"));
  user.gateway_says("ask 7 registry.example.org");
  REQUIRE(user.sees("(30 s)"));
  CHECK(contains(user.screen(), "\x1b[?1049h"));
  CHECK(contains(user.screen(), "registry.example.org:443"));
  user.pauses();
  user.type("s");
  CHECK(user.answer() == "7 session");
  CHECK(user.sees("\x1b[?1049l"));
  user.type("x");
  CHECK(user.sees("through"));
  CHECK(contains(user.screen(), "   x"));  // the guest has got this key, and not the other
}

// The question appears in the midst of a sentence that holds all four answers.
TEST_CASE("what the user types on for the guest reaches it and answers nothing") {
  const SshdFixture sshd;
  AskedUser user(sshd, "stty raw -echo; echo ready; typed=$(head -c 12); echo got $typed; sleep 60");
  REQUIRE(user.sees("ready"));
  user.gateway_says("ask 1 a.test");
  for (const char key : std::string("soda was odd")) user.type(std::string(1, key));
  CHECK(user.answer(std::chrono::milliseconds(1000)).empty());
  REQUIRE(user.sees("(30 s)"));
  CHECK_FALSE(contains(user.screen(), "got"));  // the guest's output waits
  user.pauses();
  user.type("\x03");
  CHECK(user.answer() == "1 deny");
  CHECK(user.sees("got soda was odd"));
}

TEST_CASE("a guest that uses the whole screen is made to draw it again") {
  const SshdFixture sshd;
  AskedUser user(
      sshd, "printf '\\033[?1049h'; trap 'echo size $(stty size)' WINCH; echo ready; while :; do sleep 0.05; done");
  REQUIRE(user.sees("ready"));
  user.gateway_says("ask 1 a.test");
  REQUIRE(user.sees("(30 s)"));
  user.pauses();
  user.type("o");
  CHECK(user.answer() == "1 once");
  CHECK(user.sees("size 23 79"));
  CHECK(user.sees("size 24 80"));
}

TEST_CASE("a question that is taken back goes from the screen, keys are the guest's again") {
  const SshdFixture sshd;
  AskedUser user(sshd, "stty raw -echo; echo ready; head -c 1 | od -c; sleep 60");
  REQUIRE(user.sees("ready"));
  user.gateway_says("ask 1 a.test");
  REQUIRE(user.sees("(30 s)"));
  user.gateway_says("withdraw 1");
  REQUIRE(user.sees("\x1b[?1049l"));
  user.type("a");
  CHECK(user.sees("   a"));
  CHECK(user.answer(std::chrono::milliseconds(500)).empty());
}

TEST_CASE("the way out works while a question is open, and the terminal is as it was") {
  const SshdFixture sshd;
  AskedUser user(sshd, "echo ready; sleep 60");
  REQUIRE(user.sees("ready"));
  user.gateway_says("ask 1 a.test");
  REQUIRE(user.sees("(30 s)"));
  user.type("\r~.");
  CHECK(user.wait() == ExitStatus::exited(Exit::escaped));
  CHECK(contains(user.screen(), "\x1b[?1049l"));
}

TEST_CASE("a question that does not fit on the terminal is denied") {
  const SshdFixture sshd;
  AskedUser user(sshd, "echo ready; sleep 60");
  REQUIRE(user.sees("ready"));
  user.resize({.columns = 15, .rows = 24});
  user.gateway_says("ask 1 a.test");
  CHECK(user.answer() == "1 deny");
}

TEST_CASE("a session that ends while a question is open ends") {
  const SshdFixture sshd;
  AskedUser user(sshd, "echo ready; sleep 1.5; exit 3");
  REQUIRE(user.sees("ready"));
  user.gateway_says("ask 1 a.test");
  REQUIRE(user.sees("(30 s)"));
  CHECK(user.answer() == "1 deny");
  CHECK(user.wait() == ExitStatus::exited(3));
}

}  // namespace agentbox::ask_test
