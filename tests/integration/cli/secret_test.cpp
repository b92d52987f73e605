// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/cli/program.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"

#include <csignal>

using namespace agentbox;
using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

/// `agentbox WORDS...` on a terminal of its own.
class OnTerminal {
 public:
  OnTerminal(const Program& program, std::vector<std::string> words)
      : user_({.columns = 80, .rows = 24}, [spec = program.spec(words)]() mutable {
          std::vector<char*> argv;
          std::vector<char*> variables;
          for (auto& word : spec.argv) {
            argv.push_back(word.data());
          }
          for (auto& variable : *spec.environment) {
            variables.push_back(variable.data());
          }
          argv.push_back(nullptr);
          variables.push_back(nullptr);
          ::execve(argv[0], argv.data(), variables.data());
          return 126;
        }) {}
  TerminalUser* operator->() { return &user_; }

 private:
  TerminalUser user_;
};

std::string stored(const Program& program) { return content(program.home() / "data/secrets/OPENAI_API_KEY"); }

}  // namespace

TEST_CASE("a secret from a pipe is stored without the line end that echo adds") {
  const Program program;
  const Captured result = program.run_script("printf 'sk-1 2\\r\\n' | \"$agentbox\" secret set OPENAI_API_KEY");
  CHECK(result.status.success());
  CHECK((result.output + result.error_output).empty());
  CHECK(stored(program) == "sk-1 2");
  const auto mode = fs::status(program.home() / "data/secrets/OPENAI_API_KEY").permissions();
  CHECK(mode == (fs::perms::owner_read | fs::perms::owner_write));
  const Captured list = program.run({"secret", "ls"});
  CHECK(list.output.find("OPENAI_API_KEY") != std::string::npos);
  CHECK(list.output.find("sk-1") == std::string::npos);
  CHECK(program.run({"secret", "rm", "OPENAI_API_KEY"}).status.success());
  CHECK(program.run({"secret", "rm", "OPENAI_API_KEY"}).status == ExitStatus::exited(2));
}

TEST_CASE("what is no secret is refused: nothing, two lines, a flood") {
  const Program program;
  for (const std::string source : {"true", "echo", "printf 'a\\nb'", "head -c 100000 /dev/zero", "yes"}) {
    const Captured result = program.run_script(source + " | \"$agentbox\" secret set OPENAI_API_KEY");
    CAPTURE(source);
    CHECK(result.status == ExitStatus::exited(2));
    CHECK_FALSE(fs::exists(program.home() / "data/secrets/OPENAI_API_KEY"));
  }
}

TEST_CASE("a key that no agent takes is stored with a word of warning") {
  const Program program;
  const Captured result = program.run_script("echo x | \"$agentbox\" secret set OPENAI_API_KY");
  CHECK(result.status.success());
  CHECK(result.error_output.find("Did you mean OPENAI_API_KEY?") != std::string::npos);
}

TEST_CASE("on a terminal the value is asked for, edited, and never shown") {
  const Program program;
  OnTerminal run(program, {"secret", "set", "OPENAI_API_KEY"});
  REQUIRE(run->sees("(not shown): "));
  run->type("wrong\x15sk-secrez\x7ft\r");
  CHECK(run->wait() == ExitStatus::exited(0));
  CHECK(stored(program) == "sk-secret");
  CHECK(run->screen().find("sk-") == std::string::npos);
  CHECK(run->screen().find("wrong") == std::string::npos);
}

TEST_CASE("Ctrl-C at the question leaves nothing behind, and the terminal as it was") {
  // Signals are blocked in this program; the key must end it all the same.
  const Program program;
  OnTerminal run(program, {"secret", "set", "OPENAI_API_KEY"});
  REQUIRE(run->sees("(not shown): "));
  CHECK(run->is_raw());
  run->type("sk-secret\x03");
  REQUIRE(run->sees("interrupted"));
  CHECK_FALSE(run->is_raw());
  CHECK(run->wait() == ExitStatus::exited(128 + SIGINT));
  CHECK_FALSE(fs::exists(program.home() / "data/secrets/OPENAI_API_KEY"));
}

TEST_CASE("SIGTERM ends the wait for a value") {
  const Program program;
  OnTerminal run(program, {"secret", "set", "OPENAI_API_KEY"});
  REQUIRE(run->sees("(not shown): "));
  ::kill(run->pid(), SIGTERM);
  REQUIRE(run->sees("interrupted"));
  CHECK_FALSE(run->is_raw());
  CHECK(run->wait() == ExitStatus::exited(128 + SIGTERM));
}
