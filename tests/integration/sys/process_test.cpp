// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/process.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace agentbox::process_test {

using namespace agentbox::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

ProcessSpec shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

std::string output_of(const ProcessSpec& spec) {
  const Captured captured = run_and_capture(spec, 60s);
  INFO(captured.error_output);
  REQUIRE(captured.status.success());
  return captured.output;
}

std::string failure_of(const ProcessSpec& spec) {
  try {
    ChildProcess::spawn(spec);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::environment);
    return error.what();
  }
  return "started";
}

}  // namespace

TEST_CASE("a child's exit code and signal arrive") {
  ChildProcess three = ChildProcess::spawn(shell("exit 3"));
  CHECK(three.wait() == ExitStatus::exited(3));
  CHECK(three.wait() == ExitStatus::exited(3));  // safe to call again
  CHECK(ChildProcess::spawn(shell("kill -KILL $$")).wait() == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("a program that cannot be started is an error of spawn(), not an exit code 127") {
  const TempDir dir("/tmp");
  write_file_atomically(dir.path() / "data", "not a program");
  CHECK(failure_of({.argv = {"/nonexistent/program"}}) ==
        "cannot start /nonexistent/program: No such file or directory");
  CHECK(failure_of({.argv = {"no-such-program-anywhere"}}) ==
        "cannot start no-such-program-anywhere: it is not in PATH");
  CHECK(failure_of({.argv = {dir.path() / "data"}}) ==
        "cannot start " + (dir.path() / "data").native() + ": Permission denied");
  CHECK(failure_of({.argv = {"true"}, .working_directory = "/nonexistent"}) ==
        "cannot start true in /nonexistent: No such file or directory");
  CHECK_THROWS_AS(ChildProcess::spawn({}), Error);
}

TEST_CASE("argv, environment and working directory are what the spec says") {
  CHECK(output_of({.argv = {"printf", "<%s>", "a b", "$HOME", "", "*"}}) == "<a b><$HOME><><*>");
  CHECK(output_of({.argv = {"env"}, .environment = std::vector<std::string>{"A=1", "B=two words"}}) ==
        "A=1\nB=two words\n");
  CHECK(output_of({.argv = {"pwd"}, .working_directory = "/usr"}) == "/usr\n");
}

TEST_CASE("standard streams that nobody named are /dev/null") {
  // A child that inherits our terminal could read the user's keys, and a QEMU monitor would.
  const TempDir dir("/tmp");
  // In a substitution: dash redirects a simple command's output in its own process, before the fork.
  const auto script = "seen=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo \"$seen\" >" +
                      shell_quote((dir.path() / "out").native());
  CHECK(ChildProcess::spawn(shell(script)).wait().success());
  CHECK(read_file(dir.path() / "out") == "/dev/null\n/dev/null\n/dev/null\n");
}

TEST_CASE("no descriptor leaks into a child, not even one that our caller left open") {
  const UniqueFd ours(::open("/", O_RDONLY | O_CLOEXEC));
  const UniqueFd careless(::open("/", O_RDONLY));  // NOLINT(android-cloexec-open): what a shell's "3</" does
  const UniqueFd high(::fcntl(careless.get(), F_DUPFD, 200));
  REQUIRE(high.get() >= 200);
  CHECK(output_of({.argv = {"ls", "/proc/self/fd"}}) == "0\n1\n2\n3\n");  // 3: the directory that ls itself reads
}

TEST_CASE("inherited descriptors arrive under the child's numbers, however the numbers overlap") {
  // The trap: dup2(a, 101) before 101 was saved loses 101; and dup2(100, 100) leaves close-on-exec set.
  const TempDir dir("/tmp");
  for (const char* name : {"a", "b", "c"}) {
    write_file_atomically(dir.path() / name, name);
  }
  const UniqueFd a(::fcntl(open_file(dir.path() / "a", O_RDONLY).get(), F_DUPFD_CLOEXEC, 101));
  const UniqueFd b(::fcntl(open_file(dir.path() / "b", O_RDONLY).get(), F_DUPFD_CLOEXEC, 102));
  const UniqueFd c(::fcntl(open_file(dir.path() / "c", O_RDONLY).get(), F_DUPFD_CLOEXEC, 103));
  REQUIRE((a.get() == 101 && b.get() == 102 && c.get() == 103));
  ProcessSpec spec{.argv = {"cat", "/proc/self/fd/101", "/proc/self/fd/102", "/proc/self/fd/103", "/proc/self/fd/3"}};
  spec.fds = {{a.get(), 102}, {b.get(), 101}, {c.get(), 103}, {a.get(), 3}};
  CHECK(output_of(spec) == "baca");
  spec.fds = {{a.get(), 5}, {b.get(), 5}};
  CHECK_THROWS_AS(ChildProcess::spawn(spec), Error);
  spec.fds = {{-1, 5}};
  CHECK_THROWS_AS(ChildProcess::spawn(spec), Error);
}

TEST_CASE("a child starts with default signals in a process group of its own") {
  // Our own are blocked and SIGPIPE is ignored; a child that inherits that can be ended by nobody, and "| head" never
  // ends.
  Forked tester([](int) {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGINT, SIG_IGN);
    const auto status = run_and_capture({.argv = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}}, 60s).output;
    expect(status == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", status.c_str());
    const auto group = run_and_capture({.argv = {"cut", "-d ", "-f1,5", "/proc/self/stat"}}, 60s).output;
    const auto ids = split(trim(group), ' ');
    expect(ids.size() == 2 && ids[0] == ids[1], group.c_str());
  });
  CHECK(tester.wait().success());
}

TEST_CASE("terminate() ends a child that ignores SIGTERM") {
  PipeEnds ready = make_pipe();
  ProcessSpec spec = shell("trap '' TERM; echo; while :; do sleep 1000; done");
  spec.fds = {{ready.write.get(), STDOUT_FILENO}};
  ChildProcess child = ChildProcess::spawn(spec);
  REQUIRE(wait_readable(ready.read.get(), hang()));
  child.terminate(10ms);
  CHECK(child.wait() == ExitStatus::signaled(SIGKILL));
  child.terminate(10ms);  // safe to call again
}

TEST_CASE("terminate() is polite first, and takes the child's own children along, even stubborn ones") {
  PipeEnds out = make_pipe();
  ProcessSpec spec = shell("trap 'exit 7' TERM; (trap '' TERM; exec sleep 1000) & echo $!; wait");
  spec.fds = {{out.write.get(), STDOUT_FILENO}};
  ChildProcess child = ChildProcess::spawn(spec);
  REQUIRE(wait_readable(out.read.get(), hang()));
  char text[32] = {};
  REQUIRE(::read(out.read.get(), text, sizeof text - 1) > 0);
  const UniqueFd grandchild = open_pidfd(std::stoi(text));
  REQUIRE(grandchild);
  child.terminate(60s);
  CHECK(child.wait() == ExitStatus::exited(7));
  CHECK(ends(grandchild.get()));
}

TEST_CASE("the destructor ends a child, a moved one with its new owner") {
  UniqueFd ended;
  {
    ChildProcess one = ChildProcess::spawn({.argv = {"sleep", "1000"}});
    ended = open_pidfd(one.pid());
    ChildProcess moved = std::move(one);
    CHECK(moved.wait_for(1ms) == std::nullopt);
  }
  CHECK(has_ended(ended.get()));
}

TEST_CASE("a process is named by pid and start time together") {
  ChildProcess child = ChildProcess::spawn({.argv = {"sleep", "1000"}});
  const auto start = process_start_time(child.pid());
  REQUIRE(start);
  CHECK(process_start_time(child.pid()) == start);
  CHECK(open_process(child.pid(), *start));
  CHECK_FALSE(open_process(child.pid(), *start + 1));
  CHECK_FALSE(open_process(0, *start));
  child.signal(SIGKILL);
  REQUIRE(ends(child.pidfd()));
  CHECK_FALSE(open_process(child.pid(), *start));  // a zombie still has its pid and its start time
  const pid_t pid = child.pid();
  child.wait();
  CHECK(process_start_time(pid) == std::nullopt);
}

TEST_CASE("a program's name cannot forge its start time") {
  // /proc/PID/stat puts the name in parentheses, unescaped; a reader that stops at the first ")" reads what the name
  // says.
  const TempDir dir("/tmp");
  const auto program = dir.path() / "a) S 1 1 1 (";
  std::filesystem::copy_file("/bin/sleep", program);
  const ChildProcess honest = ChildProcess::spawn({.argv = {"sleep", "1000"}});
  const ChildProcess forger = ChildProcess::spawn({.argv = {program, "1000"}});
  REQUIRE(process_start_time(forger.pid()));
  CHECK(*process_start_time(forger.pid()) >= *process_start_time(honest.pid()));
}

TEST_CASE("find_program looks at absolute entries of PATH only") {
  // "." in PATH, and a project directory that holds a program called "git".
  const TempDir dir("/tmp");
  std::filesystem::copy_file("/bin/true", dir.path() / "a-tool");
  std::filesystem::create_directory(dir.path() / "a-directory");
  write_file_atomically(dir.path() / "a-text", "");
  const std::string before = ::getenv("PATH");
  const auto old_directory = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  ::setenv("PATH", ".::relative:", 1);
  CHECK(find_program("a-tool").empty());
  ::setenv("PATH", ("/nonexistent:" + dir.path().native()).c_str(), 1);
  CHECK(find_program("a-tool") == dir.path() / "a-tool");
  CHECK(find_program("a-directory").empty());
  CHECK(find_program("a-text").empty());
  CHECK(find_program("./a-tool").empty());
  CHECK(find_program("ldconfig").parent_path().filename() == "sbin");  // in no user's PATH on Debian
  CHECK(find_program("").empty());
  std::filesystem::current_path(old_directory);
  ::setenv("PATH", before.c_str(), 1);
}

}  // namespace agentbox::process_test
