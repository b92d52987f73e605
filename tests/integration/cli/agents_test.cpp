// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/base_store.hpp"
#include "integration/cli/program.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace agentbox::agents_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

/// What `agentbox WORDS` would run, with these variables: "A_KEY=x B_KEY=y".
nlohmann::json plan_of(const Program& program, const std::string& variables, const std::string& words) {
  const Captured result = program.run_script(variables + " exec \"$agentbox\" --dry-run --json " + words);
  INFO(result.error_output);
  REQUIRE(result.status == ExitStatus::exited(0));
  return nlohmann::json::parse(result.output);
}

/// A base that looks built, with these agents in it.
void pretend_built(const Program& program, const std::string& name, const std::vector<std::string>& agents,
                   const std::map<std::string, std::string>& versions) {
  const BaseStore store(program.home() / "data/bases");
  TempDir aside = store.begin(name);
  for (const char* file : {"disk.raw", "vmlinuz", "initrd"}) std::ofstream(aside.path() / file) << name;
  BaseBuild build{.name = name,
                  .build = "b",
                  .digest = "d",
                  .created = "2026-01-02T03:04:05Z",
                  .directory = aside.path(),
                  .disk = {{aside.path() / "disk.raw", DiskLayer::Format::raw}},
                  .user = "agent",
                  .size = ByteSize::gibibytes(3),
                  .agents = agents,
                  .versions = versions,
                  .host_key = "ssh-ed25519 AAAA",
                  .helper_digest = "h"};
  store.publish(std::move(aside), std::move(build));
}

}  // namespace

TEST_CASE("option --ask adds what makes an agent ask, and takes away what makes it not") {
  const Program program;
  CHECK(plan_of(program, "ANTHROPIC_API_KEY=k", "claude /usr/include -p x").at("command") ==
        nlohmann::json{"claude", "--dangerously-skip-permissions", "-p", "x"});
  CHECK(plan_of(program, "ANTHROPIC_API_KEY=k", "--ask claude /usr/include -p x").at("command") ==
        nlohmann::json{"claude", "--permission-mode", "manual", "-p", "x"});
  const std::string variable = "OPENCODE_PERMISSION";
  CHECK(plan_of(program, "ANTHROPIC_API_KEY=k", "opencode /usr/include").at("environment").at(variable) == "{\"*\":\"allow\"}");
  CHECK(plan_of(program, "ANTHROPIC_API_KEY=k", "--ask opencode /usr/include").at("environment").at(variable) !=
        "{\"*\":\"allow\"}");
  CHECK(plan_of(program, "AMP_API_KEY=k", "--credentials direct amp /usr/include").at("seed").size() == 1);
}

TEST_CASE("where a session has no terminal it has the variables for that, too") {
  const Program program;
  const auto has_them = [&](const std::string& command) {
    const Captured result = program.run_script("export GEMINI_API_KEY=k; " + command);
    INFO(result.error_output);
    REQUIRE(result.status == ExitStatus::exited(0));
    REQUIRE(result.output.find("GEMINI_API_KEY") != std::string::npos);
    return result.output.find("GEMINI_CLI_NO_RELAUNCH=true") != std::string::npos;
  };
  CHECK(has_them("\"$agentbox\" --dry-run gemini /usr/include"));
  CHECK_FALSE(has_them("script -qec '\"$agentbox\" --dry-run gemini /usr/include' /dev/null"));
  // Somebody may attach to it.
  CHECK_FALSE(has_them("\"$agentbox\" --dry-run --detach gemini /usr/include"));
}

TEST_CASE("the key decides which variables and seed files a session has") {
  const Program program;
  const auto by_anthropic = plan_of(program, "ANTHROPIC_API_KEY=k", "copilot /usr/include");
  CHECK(by_anthropic.at("environment").at("COPILOT_PROVIDER_BASE_URL") == "http://10.0.2.2:8080/anthropic");
  CHECK(by_anthropic.at("environment").at("COPILOT_PROVIDER_API_KEY").is_null());  // it holds the placeholder
  const auto by_openai = plan_of(program, "OPENAI_API_KEY=k COPILOT_MODEL=mine", "copilot /usr/include");
  CHECK(by_openai.at("environment").at("COPILOT_PROVIDER_BASE_URL") == "http://10.0.2.2:8080/openai/v1");
  CHECK(by_openai.at("environment").at("COPILOT_MODEL") == "mine");
  CHECK(by_openai.at("model_service") == "https://api.openai.com/v1");
  CHECK(plan_of(program, "", "cline /usr/include").at("seed") == nlohmann::json{".cline/data/settings/cli-notices.json"});
  CHECK(plan_of(program, "OPENROUTER_API_KEY=k", "cline /usr/include").at("seed").size() == 2);
  // A model server of the host's own needs no key.
  CHECK(plan_of(program, "OPENAI_BASE_URL=http://127.0.0.1:9/v1", "cn /usr/include").at("model_service") ==
        "http://127.0.0.1:9/v1");
}

TEST_CASE("of several keys one that can stay on the host is used, one that cannot is refused, not handed over") {
  const Program program;
  const auto both = plan_of(program, "COPILOT_GITHUB_TOKEN=t OPENAI_API_KEY=k", "copilot /usr/include");
  CHECK(both.at("keys").at(0).at("name") == "OPENAI_API_KEY");
  CHECK_FALSE(both.at("environment").contains("COPILOT_GITHUB_TOKEN"));
  const Captured refused = program.run_script("COPILOT_GITHUB_TOKEN=t exec \"$agentbox\" --dry-run copilot /usr/include");
  CHECK(refused.status == ExitStatus::exited(2));
  CHECK(refused.error_output.find("agentbox --credentials direct copilot") != std::string::npos);
  const auto direct = plan_of(program, "COPILOT_GITHUB_TOKEN=t", "--credentials direct copilot /usr/include");
  CHECK(direct.at("environment").contains("COPILOT_GITHUB_TOKEN"));
  CHECK_FALSE(direct.at("environment").contains("COPILOT_OFFLINE"));
}

TEST_CASE("an agent's own hosts are added to an allowlist, with the key that needs them, and to nothing else") {
  const Program program;
  const std::string token = "COPILOT_GITHUB_TOKEN=t";
  const auto allowed = [&](const std::string& variables, const std::string& words) {
    return plan_of(program, variables, words).at("egress").dump().find("githubcopilot.com") != std::string::npos;
  };
  CHECK(allowed(token, "--credentials direct --network allowlist copilot /usr/include"));
  CHECK_FALSE(allowed(token, "--credentials direct --network offline copilot /usr/include"));
  CHECK_FALSE(allowed("OPENAI_API_KEY=k", "--network allowlist copilot /usr/include"));
}

TEST_CASE("agents tell which version is installed, where") {
  const Program program;
  CHECK(program.run({"agents", "ls"}).output.find("claude        -  ") != std::string::npos);
  pretend_built(program, "agents", {"claude", "codex"}, {{"claude", "1.0"}});
  pretend_built(program, "dev+claude", {"claude"}, {{"claude", "2.0"}});
  const auto list = nlohmann::json::parse(program.run({"agents", "ls", "--json"}).output);
  for (const auto& agent : list) {
    if (agent.at("name") == "claude") CHECK(agent.at("installed").at(0).at("version") == "2.0");  // the one a launch uses
    if (agent.at("name") == "codex") CHECK(agent.at("installed").at(0).at("version") == "");
    if (agent.at("name") == "gemini") CHECK(agent.at("installed").empty());
  }
  const std::string shown = program.run({"agents", "show", "claude"}).output;
  CHECK(shown.find("2.0 in dev+claude, built 2026-01-02T03:04:05Z") != std::string::npos);
  CHECK(shown.find("1.0 in agents") != std::string::npos);
  CHECK(program.run({"agents", "show", "goose"}).output.find("no version: the profile follows documentation") != std::string::npos);
}

TEST_CASE("what is not installed is not updated") {
  if (find_program("qemu-system-x86_64").empty()) skip("needs qemu-system-x86_64");
  const Program program;
  const Captured missing = program.run({"agents", "update", "claude"});
  CHECK(missing.status == ExitStatus::exited(2));
  CHECK(missing.error_output.find("claude is not installed") != std::string::npos);
  const Captured unknown = program.run({"agents", "update", "cluade"});
  CHECK(unknown.status == ExitStatus::exited(2));
  CHECK(unknown.error_output.find("did you mean \"claude\"") != std::string::npos);
}

}  // namespace agentbox::agents_test
