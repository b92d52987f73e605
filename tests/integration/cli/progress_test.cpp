// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"
#include "cli/progress_display.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/unique_fd.hpp"

#include <poll.h>
#include <fcntl.h>
#include <pty.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace agentbox::progress_test {

namespace {

/// A terminal that only keeps what is written to it.
class TestTerminal {
 public:
  explicit TestTerminal(unsigned short columns) {
    winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) {
      throw system_error("cannot open a PTY");
    }
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
    set_nonblocking(master);
    ::setenv("TERM", "xterm", 1);
  }
  [[nodiscard]] int fd() const { return slave_.get(); }

  /// What was written since the last call.
  std::string take() {
    // The kernel hands on what was written to the other side in pieces, a moment later: until it is quiet.
    std::string text;
    char piece[4096];
    constexpr int quiet_ms = 200;
    for (pollfd set{master_.get(), POLLIN, 0}; ::poll(&set, 1, quiet_ms) > 0;) {
      const ssize_t count = ::read(master_.get(), piece, sizeof piece);
      if (count <= 0) {
        break;
      }
      text.append(piece, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  UniqueFd master_;
  UniqueFd slave_;
};

/// What a pipe got until the body ended.
template <typename Body>
std::string on_pipe(Verbosity verbosity, Body body) {
  PipeEnds pipe = make_pipe();
  {
    ProgressDisplay display(pipe.write.get(), verbosity);
    body(display);
  }
  pipe.write.reset();
  return read_to_end(pipe.read.get(), "pipe", ByteSize::mebibytes(1));
}

void some_work(Progress& progress) {
  progress.phase("Installing");
  progress.detail("Unpacking gcc\r\n");
  progress.note("Something\nwith two lines");
  progress.phase("Booting");
  progress.finish();
}

}  // namespace

TEST_CASE("on a terminal there is one line, and none of it is left") {
  TestTerminal terminal(60);
  ProgressDisplay display(terminal.fd(), Verbosity::normal);
  display.phase("Installing");
  CHECK(terminal.take() == "\r⠋ Installing\x1b[K");
  display.phase("Booting");
  CHECK(terminal.take() == "\r⠙ Booting\x1b[K");
  display.finish();
  CHECK(terminal.take() == "\r\x1b[K");
  display.finish();
  CHECK(terminal.take().empty());
  // A late sign of life between two phases would write into the agent's screen.
  display.detail("late");
  CHECK(terminal.take().empty());
  display.phase("Ending");
  CHECK(terminal.take().starts_with("\r⠹ Ending"));
}

TEST_CASE("a note stays, above the line") {
  TestTerminal terminal(60);
  ProgressDisplay display(terminal.fd(), Verbosity::normal);
  display.phase("Booting");
  terminal.take();
  display.note("Waiting.");
  CHECK(terminal.take() == "\r\x1b[Kagentbox: Waiting.\r\n\r⠙ Booting\x1b[K");
}

TEST_CASE("the line is cleared when an error unwinds") {
  TestTerminal terminal(60);
  try {
    ProgressDisplay display(terminal.fd(), Verbosity::normal);
    display.phase("Booting");
    throw Error(ErrorKind::backend, "x");
  } catch (const Error&) {
  }
  CHECK(terminal.take().ends_with("\r\x1b[K"));
}

TEST_CASE("a line is never wider than the terminal, nor does a guest's text reach it unescaped") {
  for (const unsigned short columns : std::initializer_list<unsigned short>{1, 2, 10, 40}) {
    TestTerminal terminal(columns);
    ProgressDisplay display(terminal.fd(), Verbosity::normal);
    display.phase("\x1b]0;title\x07" + std::string(200, 'x') + "\u4e2d\u6587");
    const std::string text = terminal.take();
    const std::string line(text.substr(1, text.rfind("\x1b[K") - 1));
    CAPTURE(columns, line);
    CHECK(display_width(line) < columns);
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
  }
}

TEST_CASE("a tool that prints a lot does not make the terminal the slowest part") {
  TestTerminal terminal(60);
  ProgressDisplay display(terminal.fd(), Verbosity::normal);
  display.phase("Installing");
  for (int i = 0; i < 10000; ++i) {
    display.detail("line " + std::to_string(i));
  }
  CHECK(terminal.take().size() < 10000);
}

TEST_CASE("elsewhere there are plain lines") {
  CHECK(on_pipe(Verbosity::normal, some_work) == "Installing\nagentbox: Something\n  with two lines\nBooting\n");
  CHECK(on_pipe(Verbosity::verbose, some_work) ==
        "Installing\n  Unpacking gcc\nagentbox: Something\n  with two lines\nBooting\n");
  CHECK(on_pipe(Verbosity::quiet, some_work) == "agentbox: Something\n  with two lines\n");
}

TEST_CASE("a terminal that knows no escapes gets plain lines, too") {
  TestTerminal terminal(60);
  ::setenv("TERM", "dumb", 1);
  ProgressDisplay display(terminal.fd(), Verbosity::normal);
  display.phase("Booting");
  CHECK(terminal.take() == "Booting\r\n");
}

TEST_CASE("progress that nobody reads fails nothing") {
  PipeEnds pipe = make_pipe();
  pipe.read.reset();
  ::signal(SIGPIPE, SIG_IGN);
  ProgressDisplay display(pipe.write.get(), Verbosity::verbose);
  CHECK_NOTHROW(some_work(display));
}

}  // namespace agentbox::progress_test
