// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay_run.hpp"
#include "support/catch.hpp"

#include <poll.h>
#include <pty.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace agentbox::pipes_test {

using namespace agentbox::test;

namespace {

constexpr int closed_descriptor = 1000;

/// The relay in a process of its own; its standard streams are what the test makes of them.
class RelayedPipes {
 public:
  struct Streams {
    int input;
    int output;
    int error_output;
  };

  RelayedPipes(const SshdFixture& sshd, const RelayRun& run, const Streams& streams) : pid_(::fork()) {
    if (pid_ == 0) {
      ::dup2(streams.output, 1);
      ::dup2(streams.error_output, 2);
      streams.input < 0 ? ::close(0) : ::dup2(streams.input, 0);
      ::close_range(3, ~0U, 0);
      if (streams.input < 0) {
        // The number 0 is taken up again, lest the connection's socket get it; the relay is told of a closed one.
        ::open("/dev/null", O_RDONLY);
      }
      RelayRun with_input = run;
      with_input.input = streams.input < 0 ? closed_descriptor : STDIN_FILENO;
      std::_Exit(relay_here(sshd.endpoint(), with_input));
    }
  }
  ~RelayedPipes() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  RelayedPipes(const RelayedPipes&) = delete;
  RelayedPipes& operator=(const RelayedPipes&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  ExitStatus wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return ExitStatus::from_wait_status(status);
  }

 private:
  pid_t pid_;
};

std::string read_all(int fd) {
  std::string all;
  std::array<char, 65536> buffer;
  for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR);) {
    all.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return all;
}

/// Reads until text has come.
std::string read_until(int fd, std::string_view text) {
  std::string all;
  char byte = 0;
  while (all.find(text) == std::string::npos && ::read(fd, &byte, 1) == 1) {
    all += byte;
  }
  return all;
}

UniqueFd dev_null() { return open_file("/dev/null", O_RDWR); }

/// A file that holds text, opened for reading.
UniqueFd file_with(const TempDir& directory, std::string_view text) {
  write_file_atomically(directory.path() / "input", text);
  return open_file(directory.path() / "input", O_RDONLY);
}

}  // namespace

TEST_CASE("output and error output stay apart, and the exit code comes through") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  PipeEnds err = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "echo one; echo two >&2; exit 3"},
                     {null.get(), out.write.get(), err.write.get()});
  out.write.reset();
  err.write.reset();
  CHECK(read_all(out.read.get()) == "one\n");
  CHECK(read_all(err.read.get()) == "two\n");
  CHECK(relay.wait() == ExitStatus::exited(3));
}

TEST_CASE("death by a signal becomes the shell's code") {
  const SshdFixture sshd;
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "kill -SEGV $$"}, {null.get(), null.get(), null.get()});
  CHECK(relay.wait() == ExitStatus::exited(139));
}

TEST_CASE("a file on standard input is streamed and its end passed on") {
  const SshdFixture sshd;
  const TempDir directory(std::filesystem::temp_directory_path(), "relay");
  std::string text;
  while (text.size() < 20'000'000) {
    text += "line " + std::to_string(text.size()) + "\n";
  }
  const UniqueFd input = file_with(directory, text);
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "cat"}, {input.get(), out.write.get(), null.get()});
  out.write.reset();
  const std::string output = read_all(out.read.get());
  CHECK(output.size() == text.size());
  CHECK(sha256_hex(output) == sha256_hex(text));
  CHECK(relay.wait() == ExitStatus::exited(0));
}

TEST_CASE("output to a file is appended where the file stands") {
  const SshdFixture sshd;
  const TempDir directory(std::filesystem::temp_directory_path(), "relay");
  const UniqueFd output = open_file(directory.path() / "out", O_RDWR | O_CREAT);
  write_all(output.get(), "before\n");
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "echo after"}, {null.get(), output.get(), null.get()});
  CHECK(relay.wait() == ExitStatus::exited(0));
  CHECK(read_file(directory.path() / "out") == "before\nafter\n");
}

TEST_CASE("/dev/null and a closed standard input read as an end at once") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  const int input = GENERATE(-1, 0);
  RelayedPipes relay(sshd, {.command = "wc -c"}, {input < 0 ? -1 : null.get(), out.write.get(), null.get()});
  out.write.reset();
  CHECK(read_all(out.read.get()) == "0\n");
  CHECK(relay.wait() == ExitStatus::exited(0));
}

TEST_CASE("an input that stays open does not hold up the end") {
  const SshdFixture sshd;
  const PipeEnds in = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "exit 4"}, {in.read.get(), null.get(), null.get()});
  CHECK(relay.wait() == ExitStatus::exited(4));
}

TEST_CASE("input is passed on as it comes, not at its end") {
  const SshdFixture sshd;
  PipeEnds in = make_pipe();
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "cat"}, {in.read.get(), out.write.get(), null.get()});
  write_all(in.write.get(), "first\n");
  CHECK(read_until(out.read.get(), "first\n") == "first\n");
  write_all(in.write.get(), "second\n");
  CHECK(read_until(out.read.get(), "second\n") == "second\n");
}

// `agentbox run -- yes | head -1`
TEST_CASE("a reader that goes away ends it as it would end a local program") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "yes"}, {null.get(), out.write.get(), null.get()});
  out.write.reset();
  CHECK(read_until(out.read.get(), "y\n") == "y\n");
  out.read.reset();
  CHECK(relay.wait() == ExitStatus::exited(141));
}

TEST_CASE("a slow reader gets everything, even after the command has ended") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "head -c 600000 /dev/zero; exit 5"}, {null.get(), out.write.get(), null.get()});
  out.write.reset();
  ::poll(nullptr, 0, 3500);  // longer than the patience with a missing EOF; nothing to wait for
  CHECK(read_all(out.read.get()).size() == 600000);
  CHECK(relay.wait() == ExitStatus::exited(5));
}

// O_NONBLOCK belongs to the open file, which we share with the shell: left on, `cat` and others fail with EAGAIN.
TEST_CASE("the caller's pipes stay blocking") {
  const SshdFixture sshd;
  const PipeEnds in = make_pipe();
  const PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "echo started; sleep 60"}, {in.read.get(), out.write.get(), null.get()});
  CHECK(read_until(out.read.get(), "started") == "started");
  CHECK((::fcntl(in.read.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK((::fcntl(out.write.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("SIGINT goes to the command once, the second one ends the relay") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  // Nothing else would ever end it: after the second one nobody is there to.
  RelayedPipes relay(sshd, {.command = "trap 'echo got it' INT; echo ready; for i in $(seq 600); do sleep 0.05; done"},
                     {null.get(), out.write.get(), null.get()});
  CHECK(read_until(out.read.get(), "ready") == "ready");
  ::kill(relay.pid(), SIGINT);
  CHECK(read_until(out.read.get(), "got it") == "\ngot it");
  ::kill(relay.pid(), SIGINT);
  CHECK(relay.wait() == ExitStatus::exited(Exit::signaled + SIGINT));
}

TEST_CASE("SIGINT to a command that does not handle it gives its code") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "echo ready; exec sleep 60"}, {null.get(), out.write.get(), null.get()});
  CHECK(read_until(out.read.get(), "ready") == "ready");
  ::kill(relay.pid(), SIGINT);
  CHECK(relay.wait() == ExitStatus::exited(130));
}

TEST_CASE("SIGTSTP stops the relay, SIGCONT lets it go on") {
  const SshdFixture sshd;
  PipeEnds in = make_pipe();
  PipeEnds out = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "echo ready; cat"}, {in.read.get(), out.write.get(), null.get()});
  CHECK(read_until(out.read.get(), "ready\n") == "ready\n");
  ::kill(relay.pid(), SIGTSTP);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(relay.pid()), &info, WSTOPPED) == 0);
  CHECK(info.si_status == SIGSTOP);
  ::kill(relay.pid(), SIGCONT);
  write_all(in.write.get(), "on\n");
  CHECK(read_until(out.read.get(), "on\n") == "on\n");
}

TEST_CASE("an SSH server that dies is told apart from a command that ends") {
  const SshdFixture sshd;
  const UniqueFd null = dev_null();
  PipeEnds in = make_pipe();
  PipeEnds out = make_pipe();
  RelayedPipes relay(sshd, {.command = "echo runs; read line; kill -KILL $PPID; sleep 20"}, {in.read.get(), out.write.get(), null.get()});
  REQUIRE(read_until(out.read.get(), "runs\n") == "runs\n");  // not sooner: a command that never began is another error
  write_all(in.write.get(), "now\n");
  CHECK(relay.wait() == ExitStatus::exited(Exit::lost));
}

TEST_CASE("a full disk is an error, not a loss in silence") {
  const SshdFixture sshd;
  const UniqueFd null = dev_null();
  const UniqueFd full = open_file("/dev/full", O_WRONLY);
  RelayedPipes relay(sshd, {.command = "echo x"}, {null.get(), full.get(), null.get()});
  CHECK(relay.wait() == ExitStatus::exited(125));
}

// `echo hi | agentbox claude -p`: the terminal is not ours, so whatever it answered would be typed into the shell.
TEST_CASE("a terminal is spared what harms it though the input is a pipe, a pipe gets every byte") {
  const SshdFixture sshd;
  int master = -1;
  int slave = -1;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const UniqueFd terminal(master);
  UniqueFd output(slave);
  PipeEnds errors = make_pipe();
  const UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  RelayedPipes relay(sshd,
                     {.command = "printf '\\033[6n\\033[?1049h\\033]52;c;YQ==\\007\\033[31mred'; printf '\\033[6n\\377' >&2"},
                     {input.get(), output.get(), errors.write.get()});
  output.reset();
  errors.write.reset();
  CHECK(read_all(errors.read.get()) == "\x1b[6n\xff");
  CHECK(read_all(terminal.get()) == "\x1b[31mred\x1b[0m");
  CHECK(relay.wait() == ExitStatus::exited(0));
}

TEST_CASE("a log of a command has its secrets masked, in both streams, also at the very end") {
  const SshdFixture sshd;
  PipeEnds out = make_pipe();
  PipeEnds err = make_pipe();
  const UniqueFd null = dev_null();
  RelayedPipes relay(sshd, {.command = "echo key topsecret-one .; printf topsec; sleep 0.3; printf ret-one; printf 'x topsec' >&2; exit 4",
                            .masked = std::vector<std::string>{"topsecret-one"}},
                     {null.get(), out.write.get(), err.write.get()});
  out.write.reset();
  err.write.reset();
  CHECK(read_all(out.read.get()) == "key ************* .\n*************");
  CHECK(read_all(err.read.get()) == "x topsec");  // no secret after all
  CHECK(relay.wait() == ExitStatus::exited(4));
}

TEST_CASE("a side service ends a relay whose command goes on") {
  const SshdFixture sshd;
  const UniqueFd null = dev_null();
  const PipeEnds pipe = make_pipe();
  write_all(pipe.write.get(), "x");
  // In the relay's process only the standard streams stay open; the service's descriptor is standard input there.
  class AtInput : public SideService {
   public:
    [[nodiscard]] int fd() const override { return STDIN_FILENO; }
    Served serve() override { return Served::end_relay; }
  } at_input;
  RelayedPipes relay(sshd, {.command = "sleep 1000", .side = &at_input}, {pipe.read.get(), null.get(), null.get()});
  CHECK(relay.wait() == ExitStatus::exited(Exit::limit));
}

}  // namespace agentbox::pipes_test
