// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/terminal.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <cstring>

namespace agentbox::terminal_test {

using namespace agentbox::test;

namespace {

struct Pty {
  UniqueFd master;
  UniqueFd slave;
};

Pty open_pty() {
  int master = -1;
  int slave = -1;
  if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) {
    throw std::runtime_error("openpty failed");
  }
  return {UniqueFd(master), UniqueFd(slave)};
}

termios mode_of(int fd) {
  termios mode{};
  if (::tcgetattr(fd, &mode) != 0) {
    throw std::runtime_error("tcgetattr failed");
  }
  return mode;
}

bool is_raw(int fd) { return (mode_of(fd).c_lflag & (ICANON | ECHO | ISIG)) == 0; }

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag && a.c_lflag == b.c_lflag &&
         std::memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

}  // namespace

TEST_CASE("raw mode comes back on every way out") {
  const Pty pty = open_pty();
  const termios before = mode_of(pty.slave.get());
  REQUIRE_FALSE(is_raw(pty.slave.get()));
  try {
    const RawMode raw(pty.slave.get());
    CHECK(is_raw(pty.slave.get()));
    throw Error(ErrorKind::backend, "the VM died");
  } catch (const Error&) {
  }
  CHECK(same(mode_of(pty.slave.get()), before));
}

TEST_CASE("raw mode can be left and entered again, as a job-control stop needs it") {
  const Pty pty = open_pty();
  const termios before = mode_of(pty.slave.get());
  RawMode raw(pty.slave.get());
  raw.restore();
  raw.restore();
  CHECK(same(mode_of(pty.slave.get()), before));
  raw.enter();
  raw.enter();
  CHECK(is_raw(pty.slave.get()));
  raw.restore();
  CHECK(same(mode_of(pty.slave.get()), before));
}

TEST_CASE("raw mode is restored even by a process in the background") {
  // The kernel stops (or refuses) a background process that changes the terminal. A launcher that is ended after "bg"
  // would leave the user's shell without echo.
  const Pty pty = open_pty();
  const termios before = mode_of(pty.slave.get());
  Forked session([&](int) {
    expect(::setsid() > 0 && ::ioctl(pty.slave.get(), TIOCSCTTY, 0) == 0, "no controlling terminal");
    const Forked shell([](int) { sleep_for_ever(); });
    expect(::setpgid(shell.pid(), shell.pid()) == 0, "setpgid");
    RawMode raw(pty.slave.get());
    expect(is_raw(pty.slave.get()), "not raw");
    expect(::tcsetpgrp(pty.slave.get(), shell.pid()) == 0, "tcsetpgrp");
    raw.restore();
    expect(!is_raw(pty.slave.get()), "still raw");
  });
  CHECK(session.wait().success());
  CHECK(same(mode_of(pty.slave.get()), before));
}

TEST_CASE("the size of a terminal") {
  const Pty pty = open_pty();
  CHECK(terminal_size(pty.slave.get()) == std::nullopt);  // 0x0: a pty that nobody sized
  const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  REQUIRE(::ioctl(pty.master.get(), TIOCSWINSZ, &size) == 0);
  CHECK(terminal_size(pty.slave.get()) == TerminalSize{.columns = 80, .rows = 24});
  CHECK(is_terminal(pty.slave.get()));
}

TEST_CASE("a pipe is no terminal") {
  const PipeEnds pipe = make_pipe();
  CHECK_FALSE(is_terminal(pipe.read.get()));
  CHECK(terminal_size(pipe.read.get()) == std::nullopt);
  CHECK_THROWS_AS(RawMode(pipe.read.get()), Error);
}

}  // namespace agentbox::terminal_test
