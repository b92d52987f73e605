// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/key_command_run.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"
#include "sys/signals.hpp"

namespace agentbox::key_command_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;

namespace {

SecretText run_script(const std::string& script, std::chrono::milliseconds limit = std::chrono::minutes(1)) {
  return run_key_command({.id = {"A_KEY", {}}, .command = {"sh", "-c", script}}, limit);
}

std::string error_of(const std::string& script, std::chrono::milliseconds limit = std::chrono::minutes(1)) {
  try {
    static_cast<void>(run_script(script, limit));
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

/// The launcher's part on a terminal: asks the command, and says what became of it.
int launcher(const std::string& script) {
  block_signals();
  try {
    const SecretText key = run_script(script);
    std::printf("key of %zu bytes, echo %s\n", key.view().size(), [] {
      termios now{};
      ::tcgetattr(STDIN_FILENO, &now);
      return (now.c_lflag & ECHO) != 0 ? "on" : "off";
    }());
  } catch (const Interrupted&) {
    std::puts("interrupted");
  } catch (const Error& error) {
    std::puts(error.what());
  }
  std::printf("the terminal is %s\n", ::tcgetpgrp(STDIN_FILENO) == ::getpgrp() ? "ours" : "lost");
  std::fflush(stdout);
  return 0;
}

}  // namespace

TEST_CASE("a command's first line is the key, as it is") {
  CHECK(run_script("echo 'FAKE 1'").view() == "FAKE 1");
  CHECK(run_script("printf FAKE").view() == "FAKE");
  CHECK(run_script("printf 'FAKE\\r\\nuser: me\\nmore\\n'").view() == "FAKE");
  CHECK(run_script("head -c 65535 /dev/zero | tr '\\0' x; echo").view().size() == 65535);
}

TEST_CASE("a command runs by itself: not in the project, without our input, its errors not in our way") {
  CHECK(run_script("pwd").view() == "/");
  CHECK(run_script("cat; echo end").view() == "end");
  CHECK(run_script("echo loud >&2; echo FAKE").view() == "FAKE");
}

TEST_CASE("a command that gives no key is an error that names it, and repeats nothing that it printed") {
  const auto [script, reason] = GENERATE(table<std::string, std::string>({
      {"echo FAKE; exit 3", "failed: exit code 3"},
      {"echo FAKE; kill -9 $$", "failed: killed by SIGKILL"},
      {"true", "its first line is empty"},
      {"echo; echo FAKE", "its first line is empty"},
      {"printf 'FAKE\\0X'", "its first line holds a NUL byte"},
      {"printf 'FAKE\\rX'", "its first line holds a line end"},
      {"yes FAKE | head -c 70000", "printed more than 64 KiB"},
      {"echo FAKE 1>&2; exit 1", "failed: exit code 1"},
  }));
  const std::string error = error_of(script);
  INFO(error);
  CHECK_THAT(error, Contains("the command for A_KEY, sh -c ") && Contains(reason) && Contains("config.yaml"));
  const auto quoted = error.find(", failed") != std::string::npos ? error.find(", failed") : error.find(", printed");
  CHECK_THAT(error.substr(quoted), !Contains("FAKE"));  // before it stands the command itself
}

TEST_CASE("a command that hangs, or floods us, is ended in time with all that it started") {
  CHECK_THAT(error_of("echo FAKE; sleep 600 & sleep 600", std::chrono::milliseconds(300)),
             Contains("did not end within 0.30 s"));
  CHECK_THAT(error_of("yes FAKE", std::chrono::milliseconds(300)), Contains("did not end within 0.30 s"));
}

TEST_CASE("a program that is not there is named") {
  try {
    run_key_command({.id = {"A_KEY", {}}, .command = {"no-such-password-manager", "show"}});
    FAIL("it was found");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Contains("no-such-password-manager show, gave no key: ") && Contains("not in PATH"));
  }
}

TEST_CASE("a command may ask for a PIN on the terminal, which is ours again afterwards") {
  // Our children are process groups of their own: without the terminal lent to them, the kernel stops them at the question.
  TerminalUser user({80, 24}, [] {
    return launcher("stty -echo < /dev/tty; printf 'PIN: ' > /dev/tty; read pin < /dev/tty; [ $pin = 1234 ] && echo FAKE");
  });
  REQUIRE(user.sees("PIN: "));
  user.type("1234\r");
  REQUIRE(user.sees("the terminal is ours"));
  CHECK_THAT(user.screen(), Contains("key of 4 bytes, echo on") && !Contains("1234") && !Contains("FAKE"));
  CHECK(user.wait() == ExitStatus::exited(0));
}

TEST_CASE("Ctrl-C at the command's question ends the launcher, and leaves the terminal in order") {
  TerminalUser user({80, 24}, [] {
    return launcher("stty -echo < /dev/tty; printf 'PIN: ' > /dev/tty; read pin < /dev/tty; echo FAKE");
  });
  REQUIRE(user.sees("PIN: "));
  user.type("\x03");
  REQUIRE(user.sees("the terminal is ours"));
  CHECK_THAT(user.screen(), Contains("interrupted"));
  CHECK((user.mode().c_lflag & ECHO) != 0);
  CHECK(user.wait() == ExitStatus::exited(0));
}

}  // namespace agentbox::key_command_test
