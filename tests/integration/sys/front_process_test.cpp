// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/front_process.hpp"

#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/signals.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace agentbox::front_process_test {

using namespace agentbox::test;

namespace {

void report(const char* word) { static_cast<void>(::write(STDOUT_FILENO, word, std::string_view(word).size())); }

/// In the back, until a signal comes; says which.
int wait_for_signal() {
  SignalFd signals({SIGTERM, SIGHUP, SIGINT, SIGTSTP});
  report("ready\r\n");
  pollfd set{signals.fd(), POLLIN, 0};
  ::poll(&set, 1, -1);
  return 100 + signals.read_signal().value_or(0);
}

int with_front(const std::function<int(Front&)>& work) {
  block_signals();
  return work_behind_front(work);
}

}  // namespace

TEST_CASE("the exit code of the work is that of the process in front") {
  TerminalUser user({.columns = 80, .rows = 24}, [] { return with_front([](Front&) { return 7; }); });
  CHECK(user.wait() == ExitStatus::exited(7));
}

TEST_CASE("a signal that ended the work is told as a shell tells it") {
  TerminalUser user({.columns = 80, .rows = 24}, [] {
    return with_front([](Front&) {
      ::raise(SIGKILL);
      return 0;
    });
  });
  CHECK(user.wait() == ExitStatus::exited(128 + SIGKILL));
}

TEST_CASE("signals to the process in front reach the work") {
  const int number = GENERATE(SIGTERM, SIGHUP, SIGINT);
  TerminalUser user({.columns = 80, .rows = 24}, [] { return with_front([](Front&) { return wait_for_signal(); }); });
  REQUIRE(user.sees("ready"));
  ::kill(user.pid(), number);
  CHECK(user.wait() == ExitStatus::exited(100 + number));
}

// Both get what the terminal sends; passed on as well, one Ctrl-C would be two.
TEST_CASE("an interrupt from the terminal comes once") {
  TerminalUser user({.columns = 80, .rows = 24}, [] {
    return with_front([](Front&) {
      SignalFd signals({SIGINT});
      report("ready");
      pollfd set{signals.fd(), POLLIN, 0};
      ::poll(&set, 1, -1);
      signals.read_signal();
      const bool again = ::poll(&set, 1, 500) == 1;
      return again ? 1 : 0;
    });
  });
  REQUIRE(user.sees("ready"));
  user.type("\x03");
  CHECK(user.wait() == ExitStatus::exited(0));
}

TEST_CASE("work whose front was killed is told by a hang-up") {
  const TempDir dir("/tmp");
  const auto file = dir.path() / "signal";
  TerminalUser user({.columns = 80, .rows = 24}, [&] {
    return with_front([&](Front&) {
      const int said = wait_for_signal();
      write_file_atomically(file, std::to_string(said));
      return 0;
    });
  });
  REQUIRE(user.sees("ready"));
  ::kill(user.pid(), SIGKILL);
  user.wait();
  for (int tries = 0; tries < 600 && !std::filesystem::exists(file); ++tries) {
    ::usleep(100000);
  }
  CHECK(read_file(file) == std::to_string(100 + SIGHUP));
}

TEST_CASE("work that lets go goes on without the terminal") {
  const TempDir dir("/tmp");
  const auto file = dir.path() / "result";
  TerminalUser user({.columns = 80, .rows = 24}, [&] {
    return with_front([&](Front& front) {
      const pid_t session = ::getsid(0);
      const UniqueFd log = open_file(dir.path() / "log", O_WRONLY | O_CREAT);
      front.let_go(5, log);
      front.let_go(6, log);  // nobody is there any more
      ::dprintf(STDERR_FILENO, "a word");
      const bool alone = ::getsid(0) != session && ::isatty(STDIN_FILENO) == 0 && ::open("/dev/tty", O_RDWR) < 0 && !front.present();
      write_file_atomically(file, alone ? "alone" : "not alone");
      return 0;
    });
  });
  CHECK(user.wait() == ExitStatus::exited(5));
  for (int tries = 0; tries < 600 && !std::filesystem::exists(file); ++tries) {
    ::usleep(100000);
  }
  CHECK(read_file(file) == "alone");
  CHECK(read_file(dir.path() / "log") == "a word");
}

TEST_CASE("a stop of either stops both, and both go on") {
  TerminalUser user({.columns = 80, .rows = 24}, [] {
    return with_front([](Front&) {
      SignalFd signals({SIGTSTP});
      report("ready");
      pollfd set{signals.fd(), POLLIN, 0};
      ::poll(&set, 1, -1);
      ::raise(SIGSTOP);
      return 9;
    });
  });
  REQUIRE(user.sees("ready"));
  ::kill(user.pid(), SIGTSTP);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(user.pid()), &info, WSTOPPED | WNOWAIT) == 0);
  CHECK(info.si_status == SIGSTOP);
  ::kill(user.pid(), SIGCONT);
  CHECK(user.wait() == ExitStatus::exited(9));
}

}  // namespace agentbox::front_process_test
