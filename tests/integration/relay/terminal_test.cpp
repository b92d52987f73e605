// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay_run.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"
#include "sys/process.hpp"

#include <fstream>

namespace agentbox::terminal_test {

using namespace agentbox::test;

namespace {

constexpr TerminalSize usual{.columns = 80, .rows = 24};

/// The relay of a command, on a terminal.
class RelayedTerminal : public TerminalUser {
 public:
  RelayedTerminal(const SshdFixture& sshd, const RelayRun& run)
      : TerminalUser(usual, [&sshd, run] { return relay_here(sshd.endpoint(), run); }), before_(mode()) {}

  [[nodiscard]] bool is_as_before() const {
    const termios now = mode();
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag;
  }

 private:
  termios before_;
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a command on a terminal: its output, its exit code, and the terminal as it was") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "printf 'size '; stty size; printf 'gr\xc3\xbc\xc3\x9f'; exit 42"});
  CHECK(user.sees("gr\xc3\xbc\xc3\x9f"));
  CHECK(contains(user.screen(), "size 24 80\r\n"));
  ::waitid(P_PID, static_cast<id_t>(user.pid()), nullptr, WEXITED | WNOWAIT);
  CHECK(user.is_as_before());
  CHECK(user.wait() == ExitStatus::exited(42));
}

TEST_CASE("a resize reaches the command at once") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd,
                       {.command = "trap 'echo now $(stty size)' WINCH; echo ready; while :; do sleep 0.05; done"});
  REQUIRE(user.sees("ready"));
  user.resize({.columns = 133, .rows = 44});
  CHECK(user.sees("now 44 133"));
}

TEST_CASE("Ctrl-C, Ctrl-Z and Ctrl-Backslash are keys for the guest") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd,
                       {.command = "trap 'echo got INT' INT; trap 'echo got QUIT' QUIT; trap 'echo got TSTP' TSTP; "
                                   "echo ready; while :; do sleep 0.05; done"});
  REQUIRE(user.sees("ready"));
  CHECK(user.is_raw());
  user.type("\x03");
  CHECK(user.sees("got INT"));
  user.type("\x1c");
  CHECK(user.sees("got QUIT"));
  user.type("\x1a");
  CHECK(user.sees("got TSTP"));
}

TEST_CASE("Ctrl-C ends a command that does not handle it, with the signal's code") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "echo ready; exec sleep 60"});
  REQUIRE(user.sees("ready"));
  user.type("\x03");
  CHECK(user.wait() == ExitStatus::exited(130));
}

TEST_CASE("SIGTERM ends the relay and gives the terminal back") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "echo ready; sleep 60"});
  REQUIRE(user.sees("ready"));
  CHECK(user.is_raw());
  ::kill(user.pid(), SIGTERM);
  ::waitid(P_PID, static_cast<id_t>(user.pid()), nullptr, WEXITED | WNOWAIT);
  CHECK(user.is_as_before());
  CHECK(user.wait() == ExitStatus::exited(Exit::signaled + SIGTERM));
}

TEST_CASE("a time limit ends the relay") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "echo ready; sleep 60", .timeout = std::chrono::seconds(1)});
  CHECK(user.wait() == ExitStatus::exited(Exit::timed_out));
}

TEST_CASE("the end of the VM ends the relay") {
  const SshdFixture sshd;
  ChildProcess vm = ChildProcess::spawn({.argv = {"sleep", "60"}});
  RelayedTerminal user(sshd, {.command = "echo ready; sleep 60", .vm_pidfd = vm.pidfd()});
  REQUIRE(user.sees("ready"));
  vm.terminate(std::chrono::seconds(1));
  CHECK(user.wait() == ExitStatus::exited(Exit::lost));
}

// A dying QEMU closes its sockets before it is gone: the user read of a "socket error" where a VM had been killed.
TEST_CASE("a connection that breaks because the VM ends is explained by that") {
  const SshdFixture sshd;
  ChildProcess vm = ChildProcess::spawn({.argv = {"sleep", "60"}});
  RelayedTerminal user(sshd, {.command = "echo ready; read line; kill -9 $PPID", .vm_pidfd = vm.pidfd()});
  REQUIRE(user.sees("ready"));
  user.type("\r");
  ::poll(nullptr, 0, 300);  // the connection breaks meanwhile, which nobody is told of
  vm.terminate(std::chrono::seconds(1));
  CHECK(user.sees("lost: the virtual machine ended"));
  CHECK(user.wait() == ExitStatus::exited(Exit::lost));
}

TEST_CASE("a terminal that is closed ends the relay") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "echo ready; sleep 60"});
  REQUIRE(user.sees("ready"));
  user.hang_up();
  CHECK(user.wait() == ExitStatus::exited(Exit::signaled + SIGHUP));
}

TEST_CASE("Enter ~ . ends the session, ~~ is one tilde, ~? shows the help") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty -echo; echo ready; cat"});
  REQUIRE(user.sees("ready"));
  user.type("\r~~hello\r");
  CHECK(user.sees("~hello"));
  CHECK(!contains(user.screen(), "~~hello"));
  user.type("~?");
  CHECK(user.sees("end this session"));
  user.type("\r~.");
  CHECK(user.wait() == ExitStatus::exited(Exit::escaped));
}

// A hung guest takes no more input: its window is at zero and writing would block. The user must still get out.
TEST_CASE("the way out works while the guest takes nothing") {
  const SshdFixture sshd;
  // The remote sshd is stopped, so not even the window is renewed.
  RelayedTerminal user(sshd,
                       {.command = "stty -echo raw; echo ready; head -c 1 >/dev/null; kill -STOP $PPID; sleep 60"});
  REQUIRE(user.sees("ready"));
  user.type(std::string(3'000'000, 'x'));
  user.type("\r~.");
  CHECK(user.wait() == ExitStatus::exited(Exit::escaped));
}

TEST_CASE("a paste of 5 MB arrives complete, and what looks like an escape in it is none") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty -echo raw; echo ready; head -c 5000012 | wc -c; echo done"});
  REQUIRE(user.sees("ready"));
  std::string paste;
  while (paste.size() < 5'000'000) {
    paste += "0123456789\r~.~\r~.";
  }
  paste.resize(5'000'000);
  user.type("\x1b[200~" + paste + "\x1b[201~");
  CHECK(user.sees("done"));
  CHECK(contains(user.screen(), "5000012"));
  CHECK(user.wait() == ExitStatus::exited(0));
}

TEST_CASE("modes that a killed program left on are switched off, and late replies do not reach the shell") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd,
                       {.command = "printf '\\033[?1049h\\033[?25l\\033[?1000h\\033[?2004h\\033[>1u'; echo ready; "
                                   "kill -KILL $$"});
  CHECK(user.wait() == ExitStatus::exited(137));
  for (const char* off : {"\x1b[?1049l", "\x1b[?25h", "\x1b[?1000l", "\x1b[?2004l", "\x1b[<1u"}) {
    INFO(off + 1);
    CHECK(contains(user.screen(), off));
  }
}

TEST_CASE("nothing of ours is written when the program put everything right itself") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "printf '\\033[?1049hx\\033[?1049l'; exit 0"});
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen() == "\x1b[?1049hx\x1b[?1049l");
}

TEST_CASE("what would harm the user's terminal does not reach it, and what is around it does") {
  const SshdFixture sshd;
  const std::string harmful =
      "printf '\\033]52;c;cHduZWQ=\\007one \\033P$qm\\033\\\\two \\033[21tthree \\005\\033]4;1;?\\007four \\033]7;file://x\\007'; "
      "printf '\\302\\233' ; printf '21tfive \\033[31msix\\033]0;never ended'";
  RelayedTerminal user(sshd, {.command = harmful});
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen() == "one two three four 21tfive \x1b[31msix\x1b[0m");
}

TEST_CASE("a sequence that comes in two halves is judged as one") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty raw -echo; printf 'ready\\033]52;c;cHdu'; head -c 1 >/dev/null; printf 'ZWQ=\\007done\\033['; "
                                         "head -c 1 >/dev/null; printf '1mend'; stty sane"});
  REQUIRE(user.sees("ready"));
  user.type("x");
  REQUIRE(user.sees("done"));
  user.type("x");
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen() == "readydone\x1b[1mend\x1b[0m");
}

TEST_CASE("with the filter off the terminal gets all, as it is") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "printf '\\033]52;c;cHduZWQ=\\007\\377|'", .rules = std::nullopt});
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen().starts_with("\x1b]52;c;cHduZWQ=\x07\xff|"));
}

// `vim` killed over a slow line: its questions are answered when it is gone. What a terminal says then was typed into the shell.
TEST_CASE("an answer that is still on its way at the end is awaited, and taken away") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty raw -echo; printf '\\033[cready'"});
  REQUIRE(user.sees("\x1b[5n"));  // the last question: whatever the terminal has to say comes before its answer
  CHECK(user.is_raw());
  user.type("\x1b[?62;22c");
  user.type("\x1b[0n");
  ::waitid(P_PID, static_cast<id_t>(user.pid()), nullptr, WEXITED | WNOWAIT);
  int waiting = 0;
  const UniqueFd slave(::open(::ptsname(user.fd()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ::ioctl(slave.get(), FIONREAD, &waiting);
  CHECK(waiting == 0);
  CHECK(user.is_as_before());
}

TEST_CASE("a terminal that has answered everything is asked nothing at the end") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty raw -echo; printf '\\033[cready'; head -c 9 >/dev/null"});
  REQUIRE(user.sees("ready"));
  user.type("\x1b[?62;22c");
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(!contains(user.screen(), "\x1b[5n"));
}

TEST_CASE("the user's title is back when the guest's session ends") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "printf '\\033]0;a\\007\\033]0;b\\007'"});
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen() == "\x1b[22;0t\x1b]0;a\x07\x1b]0;b\x07\x1b[23;0t");
}

// Far more of a string than is ever kept, and more than is waited for.
TEST_CASE("a flood of bytes that are not shown neither grows the relay nor blinds it") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty raw; printf '\\033Pq'; head -c 50000000 /dev/zero; printf '\\033\\\\end'; cat"});
  REQUIRE(user.sees("end"));
  std::ifstream status("/proc/" + std::to_string(user.pid()) + "/status");
  std::size_t peak = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) peak = std::stoul(line.substr(6));
  }
  CHECK(peak > 0);
  CHECK(peak < 400'000);  // kB; the sanitizers take most of it
  ::kill(user.pid(), SIGTERM);
  CHECK(user.wait() == ExitStatus::exited(Exit::signaled + SIGTERM));
}

TEST_CASE("what comes late from the terminal is taken away before the shell can read it") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "stty raw -echo; echo ready; head -c 1 >/dev/null; kill -STOP $PPID"});
  REQUIRE(user.sees("ready"));
  user.type("x");
  user.type("\x1b[?62;22c\r~.");
  ::waitid(P_PID, static_cast<id_t>(user.pid()), nullptr, WEXITED | WNOWAIT);
  int waiting = 0;
  const UniqueFd slave(::open(::ptsname(user.fd()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ::ioctl(slave.get(), FIONREAD, &waiting);
  CHECK(waiting == 0);
}

TEST_CASE("a stop by job control gives the terminal back, and going on takes it again") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd,
                       {.command = "trap 'echo now $(stty size)' WINCH; echo ready; while :; do sleep 0.05; done"});
  REQUIRE(user.sees("ready"));
  ::kill(user.pid(), SIGTSTP);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(user.pid()), &info, WSTOPPED) == 0);
  CHECK(info.si_status == SIGSTOP);
  CHECK(user.is_as_before());
  user.resize({.columns = 70, .rows = 20});
  ::kill(user.pid(), SIGCONT);
  CHECK(user.sees("now 20 70"));
  CHECK(user.is_raw());
}

// `yes` against a terminal that nobody reads: the relay must neither grow nor hang, and go on when it is read again.
TEST_CASE("a stalled terminal stops the guest, and the signal to end still works") {
  const SshdFixture sshd;
  RelayedTerminal user(sshd, {.command = "echo ready; yes 0123456789"});
  REQUIRE(user.sees("ready"));
  user.forget_screen();
  REQUIRE(user.sees("0123456789"));
  ::poll(nullptr, 0, 500);  // nothing is read meanwhile; there is no event to wait for
  ::kill(user.pid(), SIGTERM);
  CHECK(user.wait() == ExitStatus::exited(Exit::signaled + SIGTERM));
}

}  // namespace agentbox::terminal_test
