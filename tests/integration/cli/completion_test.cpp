// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/cli/program.hpp"
#include "support/catch.hpp"

namespace agentbox::completion_test {

using namespace agentbox::test;

namespace {

void require_shell(const std::string& shell) {
  if (!run_and_capture({.argv = {"sh", "-c", "command -v " + shell}}, std::chrono::minutes(1)).status.success()) {
    skip("there is no " + shell);
  }
}

/// What bash offers when these words stand before the cursor. In bash, "=" and ":" are words of their own.
std::string in_bash(const Program& program, const std::string& words) {
  const Captured result = program.run_script(
      "source <(\"$agentbox\" completion bash)\n"
      "compopt() { echo \"$*\"; }\n"
      "COMP_WORDS=(agentbox " +
      words +
      "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
      "_agentbox \"$agentbox\" && echo \"${COMPREPLY[*]}\"");
  CHECK(result.error_output.empty());
  return std::string(trim(result.output));
}

std::string in_fish(const Program& program, const std::string& line) {
  const Captured result = program.run_script(
      "mkdir -p $AGENTBOX_HOME/bin; ln -sf $agentbox $AGENTBOX_HOME/bin/agentbox\n"
      "set PATH $AGENTBOX_HOME/bin $PATH; cd $AGENTBOX_HOME; agentbox completion fish | source\n"
      "complete -C '" +
          line + "'",
      "fish");
  CHECK(result.error_output.empty());
  return std::string(trim(result.output));
}

}  // namespace

TEST_CASE("bash completes words, values and parts of words") {
  const Program program;
  CHECK(in_bash(program, "--netw") == "--network");
  CHECK(in_bash(program, "snap") == "snapshot");
  CHECK(in_bash(program, "--policy d") == "dirty");
  CHECK(in_bash(program, "--network = of") == "offline");
  CHECK(in_bash(program, "--network =") == "open allowlist offline");
  CHECK(in_bash(program, "--host-port 80 : 9 clau") == "claude");
  CHECK(in_bash(program, "base ''") == "build ls show rm");
  CHECK(in_bash(program, "shell ''") == "-o dirnames");
  CHECK(in_bash(program, "claude ''") == "-o default");
}

TEST_CASE("words at the cursor are data") {
  // Somebody pastes a line and presses Tab: nothing in it may run.
  const Program program;
  CHECK(in_bash(program, "'$(touch $AGENTBOX_HOME/hit)' '`touch $AGENTBOX_HOME/hit`' x").find("hit") ==
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(program.home() / "hit"));
}

TEST_CASE("completion is silent where there is nothing to offer, even if the configuration is broken") {
  const Program program;
  std::filesystem::create_directories(program.home() / "config");
  std::ofstream(program.home() / "config/config.yaml") << "{";
  const Captured result = program.run({"__complete", "--policy", ""});
  CHECK(result.status.success());
  CHECK(result.output == ":none\n");
  CHECK(result.error_output.empty());
}

TEST_CASE("zsh takes its script") {
  require_shell("zsh");
  const Program program;
  const Captured result =
      program.run_script("\"$agentbox\" completion zsh > $AGENTBOX_HOME/c && zsh -n $AGENTBOX_HOME/c", "zsh");
  CHECK(result.status.success());
  CHECK(result.error_output.empty());
}

TEST_CASE("fish completes") {
  require_shell("fish");
  const Program program;
  CHECK(in_fish(program, "agentbox --netw").starts_with("--network\t"));
  CHECK(in_fish(program, "agentbox --network=of") == "--network=offline");
  CHECK(in_fish(program, "agentbox policy show d") == "dirty");
}

}  // namespace agentbox::completion_test
