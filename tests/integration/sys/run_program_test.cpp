// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "sys/temp_dir.hpp"

#include <csignal>
#include <fstream>

namespace agentbox::run_program_test {

using namespace agentbox::test;
using namespace std::chrono_literals;

using Strings = std::vector<std::string>;

namespace {

ProcessSpec shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

Strings lines_of(const std::string& script) {
  Strings lines;
  CHECK(run_with_lines(shell(script), [&](std::string_view line) { lines.emplace_back(line); }).success());
  return lines;
}

}  // namespace

TEST_CASE("run_and_capture keeps the streams apart and gives the exit status") {
  const Captured captured = run_and_capture(shell("echo out; echo err >&2; exit 4"), 60s);
  CHECK(captured.output == "out\n");
  CHECK(captured.error_output == "err\n");
  CHECK(captured.status == ExitStatus::exited(4));
}

TEST_CASE("run_and_capture keeps at most its limit, and reads the rest so that the program can end") {
  const Captured captured =
      run_and_capture(shell("head -c 1000000 /dev/zero; head -c 300000 /dev/zero >&2"), 60s, ByteSize(70000));
  CHECK(captured.output == std::string(70000, '\0'));
  CHECK(captured.error_output.size() == 70000);
  CHECK(captured.status.success());
}

TEST_CASE("run_and_capture ends a program that takes too long") {
  try {
    run_and_capture(shell("exec sleep 1000"), 50ms);
    FAIL("returned");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "sh did not end within 0.05 s");
    CHECK(error.kind() == ErrorKind::environment);
  }
}

TEST_CASE("run_and_capture does not wait for a daemon that holds the pipe") {
  const Captured captured = run_and_capture(shell("sleep 1000 & echo $!"), 60s);
  const UniqueFd daemon = open_pidfd(std::stoi(captured.output));
  REQUIRE(daemon);
  CHECK_FALSE(has_ended(daemon.get()));
  send_signal(daemon.get(), SIGKILL);
}

TEST_CASE("a signal interrupts the wait for a program, and the program ends") {
  // Our signals are blocked, so poll(2) alone would sleep until the program ends by itself.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    Forked tester([&](int report) {
      block_signals();
      const std::string script = "echo $$ >&3; kill -" + std::to_string(number) + " $PPID; exec sleep 1000";
      ProcessSpec spec = shell(script);
      spec.fds = {{report, 3}};
      try {
        run_and_capture(spec, 60s);
      } catch (const Interrupted& interrupted) {
        expect(interrupted.signal_number() == number, "interrupted by another signal");
        return;
      }
      expect(false, "not interrupted");
    });
    const UniqueFd program = open_pidfd(std::stoi(tester.read_line()));
    CHECK(tester.wait().success());
    CHECK((!program || ends(program.get())));
  }
}

TEST_CASE("several runs of a program go on at a time, and no more than may") {
  const TempDir directory("/tmp");
  // The first two wait for each other: one after the other they would wait for ever.
  ProcessSpec spec = shell(
      "mkdir now.$$ seen.$$; until test $(ls -d seen.* | wc -l) -ge 2; do sleep 0.01; done; ls -d now.* | wc -l; rmdir now.$$");
  spec.working_directory = directory.path();
  int ended = 0;
  run_several(spec, 6, 2, 60s, [&](const Captured& captured) {
    CHECK(captured.status.success());
    CHECK(std::stoi(captured.output) <= 2);
    ++ended;
    return Further::runs;
  });
  CHECK(ended == 6);
}

TEST_CASE("after the first that fails no more runs are started, and those under way end by themselves") {
  const TempDir directory("/tmp");
  ProcessSpec spec = shell("mkdir first && exit 3; until test -e told; do sleep 0.01; done; echo whole");
  spec.working_directory = directory.path();
  Strings outputs;
  run_several(spec, 6, 2, 60s, [&](const Captured& captured) {
    outputs.push_back(captured.status.describe() + ": " + captured.output);
    std::ofstream(directory.path() / "told") << "";
    return captured.status.success() ? Further::runs : Further::none;
  });
  CHECK(outputs == Strings{ExitStatus::exited(3).describe() + ": ", ExitStatus::exited(0).describe() + ": whole\n"});
}

TEST_CASE("of several runs one that takes too long ends all, and so does a signal") {
  Forked tester([&](int report) {
    block_signals();
    ProcessSpec spec = shell("echo $$ >&3; exec sleep 1000");
    spec.fds = {{report, 3}};
    try {
      run_several(spec, 2, 2, 50ms, [](const Captured&) { return Further::runs; });
    } catch (const Error& error) {
      report_line(report, error.what());
    }
    try {
      run_several(spec, 2, 2, 60s, [](const Captured&) { return Further::runs; });
    } catch (const Interrupted&) {
      return;
    }
    expect(false, "not interrupted");
  });
  const auto next_program = [&] { return open_pidfd(std::stoi(tester.read_line())); };
  std::vector<UniqueFd> programs;
  for (std::string line; (line = tester.read_line()).find("within") == std::string::npos;) {
    programs.push_back(open_pidfd(std::stoi(line)));
  }
  programs.push_back(next_program());
  programs.push_back(next_program());
  ::kill(tester.pid(), SIGTERM);
  CHECK(tester.wait().success());
  for (const UniqueFd& program : programs) {
    CHECK((!program || ends(program.get())));
  }
}

TEST_CASE("run_with_lines hands on both streams in order of arrival") {
  CHECK(lines_of("echo one; echo two >&2; echo; printf three") == Strings{"one", "two", "", "three"});
  CHECK(lines_of("true").empty());
  CHECK(lines_of("printf 'a\\r\\nb\\0c\\n'") == Strings{"a\r", std::string("b\0c", 3)});
}

TEST_CASE("run_with_lines cuts a line without an end into pieces") {
  // A guest's build log is hostile input: without a bound, one endless line would take all memory.
  const Strings lines = lines_of("head -c 200000 /dev/zero | tr '\\0' x; echo; echo next");
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == std::string(65536, 'x'));
  CHECK(lines[0].size() + lines[1].size() + lines[2].size() + lines[3].size() == 200000);
  CHECK(lines[4] == "next");
}

TEST_CASE("run_with_lines connects given descriptors") {
  PipeEnds in = make_pipe();
  PipeEnds out = make_pipe();
  REQUIRE(::write(in.write.get(), "data", 4) == 4);
  in.write.reset();
  Strings lines;
  const auto on_line = [&](std::string_view line) { lines.emplace_back(line); };
  CHECK(run_with_lines(shell("cat; echo log >&2"), on_line, in.read.get(), out.write.get()).success());
  char text[8] = {};
  CHECK(::read(out.read.get(), text, sizeof text) == 4);
  CHECK(std::string(text) == "data");
  CHECK(lines == Strings{"log"});
}

TEST_CASE("an exception from the line handler ends the program") {
  std::string pid;
  const auto on_line = [&](std::string_view line) {
    pid = line;
    throw Error(ErrorKind::backend, "enough");
  };
  CHECK_THROWS_WITH(run_with_lines(shell("echo $$; exec sleep 1000"), on_line), "enough");
  CHECK_FALSE(open_pidfd(std::stoi(pid)));  // reaped
}

}  // namespace agentbox::run_program_test
