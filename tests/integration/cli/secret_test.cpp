// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/cli/program.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"

#include <csignal>

namespace agentbox::secret_test {

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

namespace {

/// The program with a keyring whose secret-tool is tests/support/fake_secret_tool.sh, and shell variables for it.
struct WithKeyring {
  Program program;
  std::string setup = "export HOME=\"$AGENTBOX_HOME\" DBUS_SESSION_BUS_ADDRESS=unix:path=/none PATH=\"$AGENTBOX_HOME/bin:$PATH\"; ";
  WithKeyring() {
    fs::create_directory(program.home() / "bin");
    fs::create_symlink(AGENTBOX_TEST_SUPPORT_DIR "/fake_secret_tool.sh", program.home() / "bin/secret-tool");
  }
  [[nodiscard]] Captured run(const std::string& script) const { return program.run_script(setup + script); }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("keys are kept by agent and project, listed without values, and removed one by one") {
  const Program program;
  const Captured set = program.run_script(
      "mkdir -p \"$AGENTBOX_HOME/p\"; cd \"$AGENTBOX_HOME/p\"; set -e\n"
      "for scope in '' '--agent codex' '--project .' '--agent=codex --project=../p/'; do\n"
      "  echo FAKE-KEY | \"$agentbox\" secret set OPENAI_API_KEY --store file $scope\ndone");
  INFO(set.error_output);
  REQUIRE(set.status.success());
  const Captured list = program.run({"secret", "ls"});
  const std::string project = (fs::canonical(program.home()) / "p").string();
  for (const std::string& scope : {std::string("everywhere"), std::string("codex "), "codex in " + project}) {
    CHECK(contains(list.output, "OPENAI_API_KEY  " + scope));
  }
  CHECK(contains(program.run({"secret", "ls", "--json"}).output, "\"store\": \"file\""));
  CHECK_FALSE(contains(list.output + program.run({"secret", "ls", "--json"}).output, "FAKE-KEY"));
  CHECK(program.run({"secret", "rm", "OPENAI_API_KEY", "--project", project}).status.success());
  CHECK(program.run({"secret", "rm", "OPENAI_API_KEY"}).status.success());
  const Captured again = program.run({"secret", "rm", "OPENAI_API_KEY"});
  CHECK(again.status == ExitStatus::exited(2));
  CHECK(contains(again.error_output, "--agent and --project"));
  CHECK(program.run({"secret", "ls", "-q"}).output == "OPENAI_API_KEY\nOPENAI_API_KEY\n");
  fs::remove_all(program.home() / "p");  // the key of a project that is gone can be removed all the same
  CHECK(program.run({"secret", "rm", "OPENAI_API_KEY", "--agent", "codex", "--project", project}).status.success());
}

TEST_CASE("an agent or a project that is not there gets no key") {
  const Program program;
  CHECK(program.run_script("echo FAKE | \"$agentbox\" secret set OPENAI_API_KEY --agent codxe").status ==
        ExitStatus::exited(2));
  CHECK(program.run_script("echo FAKE | \"$agentbox\" secret set OPENAI_API_KEY --project /no/such/place").status ==
        ExitStatus::exited(2));
  CHECK(program.run({"secret", "ls", "-q"}).output.empty());
}

TEST_CASE("a dry run says where the key would come from, reads none and starts nothing") {
  const WithKeyring host;
  const std::string plan = "\"$agentbox\" --dry-run codex /usr/include";
  CHECK(contains(host.run("OPENAI_API_KEY=FAKE-ENV " + plan).output, "key       OPENAI_API_KEY from the environment\n"));
  CHECK(contains(host.run("echo FAKE-FILE | \"$agentbox\" secret set OPENAI_API_KEY --store file && " + plan).output,
                 "OPENAI_API_KEY from a file\n"));
  CHECK(contains(host.run("echo FAKE-RING | \"$agentbox\" secret set OPENAI_API_KEY --agent codex && " + plan).output,
                 "OPENAI_API_KEY from the keyring, for codex\n"));
  CHECK_FALSE(contains(content(host.program.home() / "calls"), "lookup application agentbox id OPENAI"));
  fs::create_directories(host.program.home() / "config");
  std::ofstream(host.program.home() / "config/config.yaml")
      << "keys: [{name: OPENAI_API_KEY, agent: codex, command: [touch, '" << (host.program.home() / "ran").string() << "']}]\n";
  const Captured last = host.run(plan + " && " + plan + " --json");
  CHECK(contains(last.output, "OPENAI_API_KEY from the command touch "));
  CHECK_FALSE(fs::exists(host.program.home() / "ran"));
}

TEST_CASE("a key from any source stands in no output and no command line of a run") {
  // The run is real up to its VM, for which there is no QEMU here; by then the key has been fetched.
  const WithKeyring host;
  fs::create_directories(host.program.home() / "config");
  std::ofstream(host.program.home() / "config/config.yaml") << "qemu: /nonexistent/qemu\n" <<
      "keys: [{name: OPENAI_API_KEY, command: [sh, -c, 'touch " << (host.program.home() / "ran").string() <<
      "; tr -d a < " << (host.program.home() / "store").string() << "']}]\n";
  std::ofstream(host.program.home() / "store") << "FaAKEa-KEY\n";  // so that the command line does not hold it
  const std::string run = "\"$agentbox\" -v --json codex /usr/include exec hi; ";
  std::string said;
  const auto see = [&](const std::string& script) {
    const Captured result = host.run(script);
    INFO(result.error_output);
    CHECK(contains(result.error_output, "/nonexistent/qemu"));
    said += result.output + result.error_output;
  };
  see("OPENAI_API_KEY=FAKE-KEY " + run);
  CHECK_FALSE(fs::exists(host.program.home() / "ran"));
  see(run);
  CHECK(fs::exists(host.program.home() / "ran"));
  see("echo FAKE-KEY | \"$agentbox\" secret set OPENAI_API_KEY --agent codex; " + run);
  CHECK(contains(content(host.program.home() / "calls"), "lookup application agentbox id OPENAI_API_KEY agent=codex"));
  see("echo FAKE-KEY | \"$agentbox\" secret set OPENAI_API_KEY --project /usr/include --store file; " + run);
  said += content(host.program.home() / "calls");
  said += host.run("\"$agentbox\" doctor; \"$agentbox\" secret ls --json; cat \"$HOME\"/state/*/*/*").output;
  CHECK_FALSE(contains(said, "FAKE-KEY"));
}

TEST_CASE("a keyring that does not answer ends a run with what to do, not with another key") {
  const WithKeyring host;
  const Captured result = host.run(
      "echo FAKE-KEY | \"$agentbox\" secret set OPENAI_API_KEY && echo locked > \"$HOME/mood\"; "
      "\"$agentbox\" codex /usr/include exec hi");
  CHECK(result.status == ExitStatus::exited(125));
  CHECK(contains(result.error_output, "cannot get OPENAI_API_KEY from the keyring: it is locked"));
  CHECK(contains(result.error_output, "agentbox secret set OPENAI_API_KEY --store file"));
}

}  // namespace agentbox::secret_test
