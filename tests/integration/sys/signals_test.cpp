// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/signals.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"

#include <csignal>

namespace agentbox::signals_test {

using namespace agentbox::test;
using namespace std::chrono_literals;

// In processes of their own: block_signals() is for good.

TEST_CASE("a blocked signal is an event of a SignalFd") {
  Forked tester([](int) {
    block_signals();
    SignalFd signals({SIGWINCH, SIGTERM});
    expect(!signals.read_signal(), "a signal out of nothing");
    ::raise(SIGWINCH);
    expect(wait_readable(signals.fd(), hang()), "SIGWINCH did not arrive");
    expect(signals.read_signal() == SIGWINCH, "another signal");
    expect(!signals.read_signal(), "read twice");
  });
  CHECK(tester.wait().success());
}

TEST_CASE("throw_if_interrupted consumes one pending signal") {
  Forked tester([](int) {
    block_signals();
    throw_if_interrupted();
    ::raise(SIGWINCH);
    throw_if_interrupted();  // none of its three
    ::raise(SIGHUP);
    try {
      throw_if_interrupted();
      expect(false, "not interrupted");
    } catch (const Interrupted& interrupted) {
      expect(interrupted.signal_number() == SIGHUP, "another signal");
    }
    throw_if_interrupted();
  });
  CHECK(tester.wait().success());
}

TEST_CASE("after the first hang-up no other one counts") {
  Forked tester([](int) {
    block_signals();
    SignalFd signals({SIGHUP, SIGTERM});
    ::raise(SIGHUP);
    ignore_hangups();
    ::raise(SIGHUP);
    throw_if_interrupted();
    expect(!signals.read_signal(), "a hang-up that was to be ignored");
    ::raise(SIGTERM);
    expect(signals.read_signal() == SIGTERM, "other signals are still events");
  });
  CHECK(tester.wait().success());
}

TEST_CASE("SIGPIPE is an error of write(2)") {
  Forked tester([](int) {
    block_signals();
    PipeEnds pipe = make_pipe();
    pipe.read.reset();
    expect(::write(pipe.write.get(), "x", 1) < 0, "written into a pipe without a reader");
  });
  CHECK(tester.wait().success());
}

TEST_CASE("under nohup a hang-up stays ignored") {
  // The kernel queues a blocked signal even when it is ignored. So blocking SIGHUP would make "nohup agentbox" end at
  // the user's log-out after all.
  Forked tester([](int) {
    ::signal(SIGHUP, SIG_IGN);
    block_signals();
    ::raise(SIGHUP);
    throw_if_interrupted();
    SignalFd signals({SIGHUP});
    expect(!signals.read_signal(), "SIGHUP was delivered");
  });
  CHECK(tester.wait().success());
}

TEST_CASE("waiting ends with readiness, the deadline or a signal") {
  PipeEnds pipe = make_pipe();
  CHECK_FALSE(wait_readable(pipe.read.get(), Clock::now()));
  CHECK_FALSE(wait_readable(pipe.read.get(), Clock::now() + 5ms));
  CHECK(wait_writable(pipe.write.get(), std::nullopt));
  pipe.write.reset();
  CHECK(wait_readable(pipe.read.get(), std::nullopt));  // end of file: the next read will tell

  Forked tester([](int report) {
    block_signals();
    const PipeEnds silent = make_pipe();
    report_line(report, "waiting");
    try {
      wait_readable(silent.read.get(), std::nullopt);
    } catch (const Interrupted& interrupted) {
      expect(interrupted.signal_number() == SIGTERM, "another signal");
    }
  });
  tester.read_line();
  ::kill(tester.pid(), SIGTERM);
  CHECK(tester.wait().success());
}

TEST_CASE("a time that is up is an interruption, and one that is taken back is none") {
  Forked tester([](int) {
    block_signals();
    end_after(1s);
    const PipeEnds silent = make_pipe();
    try {
      wait_readable(silent.read.get(), hang());
      expect(false, "not interrupted");
    } catch (const Interrupted& interrupted) {
      expect(interrupted.signal_number() == SIGALRM, "by another signal");
    }
    ::raise(SIGALRM);
    end_after(0s);  // what is pending is gone, too
    throw_if_interrupted();
  });
  CHECK(tester.wait().success());
}

}  // namespace agentbox::signals_test
