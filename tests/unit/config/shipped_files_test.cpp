// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/catalog.hpp"
#include "config/loaders.hpp"
#include "config/seed_template.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace agentbox::shipped_files_test {

namespace {

const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;

Catalog shipped_catalog() { return Catalog(shipped / "no-such-directory", shipped); }

/// With --ask it runs otherwise than without: a mode that is the same in both would be a promise that is not kept.
bool is_answered_in_both_ways(const AgentProfile& agent) {
  const bool other_seeds = std::any_of(agent.seed.begin(), agent.seed.end(), [](const SeedFile& seed) { return seed.permissions; });
  return other_seeds || agent.skip_permissions.arguments != agent.ask_permissions.arguments ||
         agent.skip_permissions.environment != agent.ask_permissions.environment;
}

}  // namespace

TEST_CASE("exactly these definitions are shipped") {
  CHECK(shipped_catalog().agent_names() ==
        std::vector<std::string>{"aider", "amp", "claude", "cline", "cn", "codex", "copilot", "cursor-agent", "gemini", "goose",
                                 "opencode", "qwen"});
  CHECK(shipped_catalog().policy_names() ==
        std::vector<std::string>{"ci", "dirty", "experiments", "offline", "trusted"});
  CHECK(shipped_catalog().base_image_names() == std::vector<std::string>{"agents", "debian-13", "dev"});
}

TEST_CASE("every shipped agent is complete, and its base exists") {
  for (const std::string& name : shipped_catalog().agent_names()) {
    INFO(name);
    const AgentProfile agent = shipped_catalog().agent(name);
    CHECK(agent.name == name);
    CHECK_FALSE(agent.description.empty());
    CHECK_FALSE(agent.keys.empty());
    CHECK_FALSE(agent.headless.empty());
    CHECK_FALSE(agent.resume.empty());
    CHECK(agent.size);
    // What was tried says with which version; what was not says so to its user.
    CHECK((!agent.tested.empty() || !agent.notes.empty()));
    CHECK(is_answered_in_both_ways(agent));
    for (const KeyVariable& key : agent.keys) {
      INFO(key.name);
      // A key that stays on the host has an address to be called at in its place; another one needs hosts to be allowed.
      CHECK((key.provider.empty() || !agent.default_base_url.empty() || !key.default_base_url.empty()));
      CHECK((!key.provider.empty() || !agent.network_groups.empty() || !key.network_groups.empty()));
      for (const std::string& group : key.network_groups) CHECK_NOTHROW(shipped_catalog().egress_group(group));
    }
    for (const std::string& group : agent.network_groups) CHECK_NOTHROW(shipped_catalog().egress_group(group));
    CHECK(shipped_catalog().base_image(agent.base + "+" + name).from == agent.base);
    // A package without a version is silently an old one where node is older than the newest release wants.
    for (const std::string& step : agent.install)
      if (step.find("npm install") != std::string::npos || step.find("npm@") != std::string::npos)
        CHECK(step.ends_with("@{version}"));
  }
}

TEST_CASE("the seeds of shipped agents are valid JSON for a project path with quotes") {
  const SeedValues values{
      .project = "/p/a \"b\"\\", .home = "/home/agent", .base_url = "http://h/v1", .key_tail20 = "t"};
  std::set<std::string> seen;
  for (const std::string& name : shipped_catalog().agent_names()) {
    for (const SeedFile& file : shipped_catalog().agent(name).seed) {
      INFO(name << " " << file.path);
      seen.insert(file.path);
      const std::string text = render_seed(file, values);
      if (file.format == SeedFile::Format::json) CHECK(nlohmann::json::accept(text));
    }
  }
  CHECK(seen == std::set<std::string>{".claude.json", ".claude/settings.json", ".cline/data/settings/cli-notices.json",
                                      ".cline/data/settings/providers.json", ".codex/config.toml", ".config/amp/settings.json",
                                      ".config/opencode/opencode.json", ".continue/.onboarding_complete",
                                      ".continue/config.yaml", ".copilot/config.json", ".copilot/settings.json",
                                      ".gemini/settings.json", ".local/share/opencode/agentbox/README",
                                      ".qwen/settings.json"});
}

TEST_CASE("variables of shipped agents that hold JSON are valid JSON") {
  const SeedValues values{.project = "/p", .home = "/h", .base_url = "http://h/v1", .key = "k", .model = "m"};
  int seen = 0;
  for (const std::string& name : shipped_catalog().agent_names()) {
    const AgentProfile agent = shipped_catalog().agent(name);
    std::vector<VariableTemplates> all{agent.environment, agent.environment_without_terminal, agent.skip_permissions.environment, agent.ask_permissions.environment};
    for (const KeyVariable& key : agent.keys) all.push_back(key.environment);
    for (const VariableTemplates& variables : all) {
      for (const auto& [variable, value] : variables) {
        INFO(name << " " << variable << "=" << value);
        const std::string text = render_variable(variable, value, values);
        if (!value.starts_with("{\"")) continue;
        CHECK(nlohmann::json::accept(text));
        ++seen;
      }
    }
  }
  CHECK(seen == 5);
}

TEST_CASE("claude's seed answers every dialog that would wait for Enter") {
  const AgentProfile claude = shipped_catalog().agent("claude");
  const SeedValues values{
      .project = "/p", .home = "/home/agent", .base_url = "http://h", .key_tail20 = "0123456789abcdefghij"};
  const auto state = nlohmann::json::parse(render_seed(claude.seed.at(0), values));
  CHECK(state["hasCompletedOnboarding"] == true);
  CHECK(state["customApiKeyResponses"]["approved"][0] == "0123456789abcdefghij");
  CHECK(state["projects"]["/p"]["hasTrustDialogAccepted"] == true);
  CHECK(state["projects"]["/p"]["hasClaudeMdExternalIncludesWarningShown"] == true);
  const auto settings = nlohmann::json::parse(render_seed(claude.seed.at(1), values));
  CHECK(settings["skipDangerousModePermissionPrompt"] == true);
}

TEST_CASE("shipped policies do what their names promise") {
  const Catalog catalog = shipped_catalog();
  CHECK(catalog.policy("trusted").workspace == WorkspaceMode::live);
  CHECK(catalog.policy("trusted").network == NetworkMode::open);
  CHECK(catalog.policy("trusted").on_exit == OnExit::destroy);
  CHECK(catalog.policy("experiments").on_exit == OnExit::snapshot);
  CHECK(catalog.policy("dirty").workspace == WorkspaceMode::overlay);
  CHECK(catalog.policy("dirty").network == NetworkMode::offline);
  CHECK(catalog.policy("dirty").on_exit == OnExit::destroy);
  CHECK(catalog.policy("offline").network == NetworkMode::offline);
  CHECK(catalog.policy("ci").resources.timeout == std::chrono::hours(1));
  CHECK(catalog.policy("ci").network == NetworkMode::allowlist);
  for (const std::string& name : catalog.policy_names()) {
    INFO(name);
    CHECK_FALSE(catalog.policy(name).description.empty());
  }
}

TEST_CASE("shipped groups of hosts are complete, and every policy's groups exist") {
  const Catalog catalog = shipped_catalog();
  CHECK(catalog.egress_group_names() ==
        std::vector<std::string>{"amp", "copilot", "crates", "cursor", "debian", "github-read", "go", "model-apis", "npm", "pypi"});
  for (const std::string& name : catalog.egress_group_names()) {
    INFO(name);
    CHECK_FALSE(catalog.egress_group(name).description.empty());
    for (const EgressRule& rule : catalog.egress_group(name).allow) CHECK(rule.ports == std::vector<std::uint16_t>{443});
  }
  for (const std::string& name : catalog.policy_names()) {
    INFO(name);
    for (const std::string& group : catalog.policy(name).access.groups) CHECK_NOTHROW(catalog.egress_group(group));
  }
}

TEST_CASE("shipped base images form one chain with one user") {
  const Catalog catalog = shipped_catalog();
  CHECK(catalog.base_image("agents").from == "dev");
  CHECK(catalog.base_image("dev").from == "debian-13");
  REQUIRE(catalog.base_image("debian-13").debian);
  CHECK(catalog.base_image("debian-13").debian->release == "trixie");
  for (const std::string& name : catalog.base_image_names()) {
    INFO(name);
    CHECK_FALSE(catalog.base_image(name).description.empty());
    CHECK(catalog.base_image(name).user == "agent");
  }
}

TEST_CASE("the commented examples are valid and use every key") {
  const auto example = [](const char* folder) { return shipped / folder / "examples" / "EXAMPLE.yaml"; };

  CHECK_NOTHROW(parse_agent_profile(read_definition(shipped / "agents/examples/custom.yaml"), "custom.yaml"));
  const AgentProfile agent = parse_agent_profile(read_definition(example("agents")), example("agents"));
  CHECK_FALSE(agent.install.empty());
  CHECK_FALSE(agent.verify.empty());
  CHECK_FALSE(agent.skip_permissions.arguments.empty());
  CHECK_FALSE(agent.ask_permissions.environment.empty());
  CHECK_FALSE(agent.headless.empty());
  CHECK_FALSE(agent.resume.empty());
  CHECK(agent.version == "1.2.3");
  CHECK_FALSE(agent.tested.empty());
  CHECK(agent.size);
  CHECK(agent.keys.size() == 2);
  CHECK_FALSE(agent.keys[1].environment.empty());
  CHECK_FALSE(agent.keys[1].network_groups.empty());
  CHECK_FALSE(agent.network_groups.empty());
  CHECK_FALSE(agent.notes.empty());
  CHECK(agent.state_use == AgentProfile::StateUse::one_session);
  CHECK_FALSE(agent.environment.empty());
  CHECK(agent.environment_without_terminal == VariableTemplates{{"HELLO_BATCH", "1"}});
  CHECK_FALSE(agent.pass_environment.empty());
  CHECK_FALSE(agent.state.empty());
  CHECK(agent.seed.size() == 4);
  const SeedValues values{.project = "/p", .home = "/h", .base_url = "http://h", .key_tail20 = "t"};
  for (const SeedFile& file : agent.seed) CHECK_NOTHROW(render_seed(file, values));

  const Policy policy = parse_policy(read_definition(example("policies")), example("policies"));
  CHECK(policy.resources.timeout == std::chrono::minutes(150));
  CHECK(policy.caps == UsageCaps{.tokens = 2'000'000, .cost = Money::parse("5"), .requests = 500});
  CHECK(policy.on_exit == OnExit::ask);
  CHECK(policy.access.allow.size() == 4);
  CHECK(policy.access.deny.size() == 1);
  CHECK(policy.access.groups == std::vector<std::string>{"npm", "debian"});
  CHECK(policy.access.lan.size() == 1);
  CHECK(policy.access.ports == std::vector<PublishedPort>{{3000, 3000}, {8080, 80}});

  const BaseImage image = parse_base_image(read_definition(example("base-images")), example("base-images")).image;
  CHECK(image.files.size() == 2);
  CHECK(image.provision.size() == 2);
  CHECK(image.size == ByteSize::gibibytes(40));
}

}  // namespace agentbox::shipped_files_test
