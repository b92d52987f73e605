// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/hold.hpp"

#include "support/catch.hpp"
#include "support/relay_pty.hpp"
#include "sys/temp_dir.hpp"

#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>

namespace agentbox::hold_test {

using namespace agentbox::test;

namespace {

constexpr TerminalSize usual{.columns = 80, .rows = 24};

int shell(const std::string& script) {
  ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
  return 127;
}

/// A held command on a terminal, and further terminals on it.
class Held {
 public:
  explicit Held(const std::string& script) {
    first = std::make_unique<TerminalUser>(usual, [this, script]() -> int {
      guest::end_like(guest::hold(socket_, [&] { return shell(script); }));
    });
  }
  /// To be called when the command has said something: it can be joined then.
  std::unique_ptr<TerminalUser> join(TerminalSize size = usual) {
    return std::make_unique<TerminalUser>(size, [this]() -> int {
      const int status = guest::attach(socket_);
      if (status == guest::no_held_command) {
        return 99;
      }
      guest::end_like(status);
    });
  }
  void drop_all() { guest::drop_viewers(socket_); }

  std::unique_ptr<TerminalUser> first;

 private:
  TempDir directory_{"/tmp"};
  std::string socket_ = directory_.path() / "socket";
};

}  // namespace

TEST_CASE("a held command has a terminal like the one it was started on, and ends as it ends") {
  Held held("stty size; tty; read line; echo \"got $line\"; exit 7");
  REQUIRE(held.first->sees("24 80\r\n"));
  REQUIRE(held.first->sees("/dev/pts/"));
  held.first->type("word\r");
  CHECK(held.first->sees("got word"));
  CHECK(held.first->wait() == ExitStatus::exited(7));
}

TEST_CASE("a signal that ends a held command is told") {
  Held held("kill -KILL $$");
  CHECK(held.first->wait() == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("keys that are signals are the command's") {
  Held held("trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done");
  REQUIRE(held.first->sees("ready"));
  held.first->type("\x03");
  CHECK(held.first->sees("interrupted"));
  CHECK(held.first->wait() == ExitStatus::exited(3));
}

TEST_CASE("all that a command says is shown before its end") {
  Held held("seq 1 100000; echo the end");
  CHECK(held.first->wait() == ExitStatus::exited(0));
  CHECK(held.first->screen().size() == 688895 + std::string("the end\r\n").size());
}

TEST_CASE("what is typed arrives whole, however much it is") {
  Held held("stty raw -echo; echo ready; head -c 1000000 | cksum");
  REQUIRE(held.first->sees("ready"));
  held.first->type(std::string(1000000, 'x'));
  CHECK(held.first->sees(" 1000000"));
  CHECK(held.first->wait() == ExitStatus::exited(0));
}

TEST_CASE("a command goes on when its terminal hangs up, and another one reaches it") {
  Held held("echo begun; read word; echo \"still $word\"; read word; exit 5");
  REQUIRE(held.first->sees("begun"));
  held.first->hang_up();
  const auto second = held.join();
  second->type("here\r");
  CHECK(second->sees("still here"));
  second->type("\r");
  CHECK(second->wait() == ExitStatus::exited(5));
}

// One of the same size changes nothing by itself, and would stay empty.
TEST_CASE("the command draws its screen anew for a terminal that joins") {
  Held held("trap 'echo drawn $(stty size)' WINCH; echo begun; while :; do sleep 0.05; done");
  REQUIRE(held.first->sees("begun"));
  const auto second = held.join();
  CHECK(second->sees("drawn 24 80"));
  second->type("\x1c");
  CHECK(second->wait() == ExitStatus::signaled(SIGQUIT));
}

TEST_CASE("terminals on one command show the same, and who came last decides about the size") {
  Held held("trap 'echo now $(stty size)' WINCH; echo begun; while :; do sleep 0.05; done");
  REQUIRE(held.first->sees("begun"));
  const auto second = held.join({.columns = 70, .rows = 20});
  CHECK(held.first->sees("now 20 70"));
  CHECK(second->sees("now 20 70"));
  held.first->resize({.columns = 90, .rows = 30});
  CHECK(second->sees("now 30 90"));
  second->resize({.columns = 71, .rows = 21});
  CHECK(held.first->sees("now 21 71"));
  second->type("\x1c");
  CHECK(second->wait() == ExitStatus::signaled(SIGQUIT));
  CHECK(held.first->wait() == ExitStatus::signaled(SIGQUIT));
}

// A terminal that nobody reads would stop the command for all others.
TEST_CASE("a terminal that is stuck does not hold up the others for long") {
  Held held("echo begun; read go; seq 1 200000; echo the end; read stop");
  REQUIRE(held.first->sees("begun"));
  const auto second = held.join();
  second->type("\r");
  CHECK(second->sees("the end"));
  held.first->hang_up();
  second->type("\r");
  CHECK(second->wait() == ExitStatus::exited(0));
}

TEST_CASE("a command whose terminals are of another time is reached anew") {
  Held held("echo begun; read word; echo \"got $word\"");
  REQUIRE(held.first->sees("begun"));
  held.drop_all();
  const auto second = held.join();
  second->type("it\r");
  CHECK(second->sees("got it"));
  CHECK(second->wait() == ExitStatus::exited(0));
}

TEST_CASE("there is nothing to join when nothing is held") {
  CHECK(guest::attach("/nonexistent/socket") == guest::no_held_command);
}

}  // namespace agentbox::hold_test
