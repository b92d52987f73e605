// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/broker_plan.hpp"

#include "config/catalog.hpp"
#include "config/loaders.hpp"
#include "config/seed_template.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>

namespace agentbox::broker_plan_test {

namespace {

const std::string digits = "0123456789abcdef0123456789abcdef";

Catalog shipped_catalog() {
  const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;
  return Catalog(shipped / "no-such-directory", shipped);
}

BrokerSetup setup_for(const AgentProfile& profile, std::optional<AgentKey> key,
                      std::optional<std::string> host_base_url = std::nullopt, PriceTable prices = {},
                      std::optional<Money> most_cost = std::nullopt) {
  const KeyVariable* variable = key || host_base_url ? &profile.keys.front() : nullptr;
  for (const KeyVariable& one : profile.keys) {
    if (key && one.name == key->name) variable = &one;
  }
  return make_broker_plan({.profile = profile,
                           .variable = variable,
                           .key = std::move(key),
                           .caps = {.tokens = 5, .cost = most_cost},
                           .host_base_url = std::move(host_base_url),
                           .broker_url = "http://10.0.2.2:8080",
                           .ca_file = "/ca.pem",
                           .prices = std::move(prices),
                           .provider = [](const std::string& name) { return shipped_catalog().provider(name); },
                           .random = [] { return digits; }});
}

AgentKey key(const std::string& name, const std::string& value = "sk-REAL-KEY") { return {name, SecretText(value)}; }

/// "NAME=value NAME=value"
std::string shown(const std::vector<SessionVariable>& variables) {
  std::string result;
  for (const SessionVariable& variable : variables) result += variable.name + "=" + variable.value + " ";
  return result;
}

}  // namespace

TEST_CASE("each agent gets a placeholder and a base URL under the names it knows") {
  const auto [agent, variable, environment] = GENERATE(table<std::string, std::string, std::string>({
      {"claude", "ANTHROPIC_API_KEY",
       "ANTHROPIC_API_KEY=sk-ant-api03-" + digits + " ANTHROPIC_BASE_URL=http://10.0.2.2:8080/anthropic "},
      {"claude", "CLAUDE_CODE_OAUTH_TOKEN",
       "CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-" + digits + " ANTHROPIC_BASE_URL=http://10.0.2.2:8080/anthropic "},
      {"codex", "OPENAI_API_KEY",
       "OPENAI_API_KEY=sk-proj-" + digits + " OPENAI_BASE_URL=http://10.0.2.2:8080/openai/v1 "},
      {"gemini", "GEMINI_API_KEY",
       "GEMINI_API_KEY=AIzaBox" + digits + " GOOGLE_GEMINI_BASE_URL=http://10.0.2.2:8080/google "},
      {"opencode", "ANTHROPIC_API_KEY",
       "ANTHROPIC_API_KEY=sk-ant-api03-" + digits + " ANTHROPIC_BASE_URL=http://10.0.2.2:8080/anthropic "},
      {"opencode", "OPENROUTER_API_KEY",
       "OPENROUTER_API_KEY=sk-or-v1-" + digits + " OPENROUTER_BASE_URL=http://10.0.2.2:8080/openrouter/api/v1 "},
  }));
  INFO(agent << " " << variable);
  const AgentProfile profile = shipped_catalog().agent(agent);
  const BrokerSetup setup = setup_for(profile, key(variable));
  CHECK(shown(setup.environment) == environment);
  CHECK(setup.key.ends_with(digits));
  CHECK(setup.warnings.empty());
  REQUIRE(setup.plan.routes.size() == 1);
  const BrokerRoute& route = setup.plan.routes[0];
  CHECK(route.key.view() == "sk-REAL-KEY");
  const auto same = [&](const KeyVariable& one) { return one.name == variable; };
  const KeyVariable& used = *std::find_if(profile.keys.begin(), profile.keys.end(), same);
  CHECK(route.upstream == Upstream::parse(base_url_of(profile, &used).otherwise));
  CHECK(route.pricing == BrokerRoute::Pricing::listed);
  CHECK(setup.plan.caps.tokens == 5);
  CHECK(setup.plan.ca_file == "/ca.pem");
}

TEST_CASE("the header is the one that goes with the key") {
  const AgentProfile claude = shipped_catalog().agent("claude");
  const BrokerSetup by_key = setup_for(claude, key("ANTHROPIC_API_KEY"));
  CHECK(by_key.plan.routes[0].header == "x-api-key");
  const BrokerSetup by_token = setup_for(claude, key("CLAUDE_CODE_OAUTH_TOKEN"));
  CHECK(by_token.plan.routes[0].header == "authorization");
  CHECK(by_token.plan.routes[0].scheme == "Bearer");
}

TEST_CASE("a base URL on the host becomes the broker's upstream, and stays unknown to the session") {
  const AgentProfile claude = shipped_catalog().agent("claude");
  const BrokerSetup setup = setup_for(claude, key("ANTHROPIC_API_KEY"), "http://127.0.0.1:8787/models");
  CHECK(setup.plan.routes[0].upstream.to_string() == "http://127.0.0.1:8787/models");
  CHECK(setup.plan.routes[0].pricing == BrokerRoute::Pricing::free_of_charge);
  CHECK(shown(setup.environment).find("8787") == std::string::npos);
  CHECK(setup.base_url == "http://10.0.2.2:8080/anthropic");
  CHECK(setup.warnings.empty());
}

// A proxy of models on this machine is paid for, too: --max-cost used to be without effect there, and nobody was told.
TEST_CASE("a limit of cost ends nothing where nothing costs, which is told, and the price table can say that it costs") {
  const AgentProfile claude = shipped_catalog().agent("claude");
  const std::string url = "http://127.0.0.1:4000";
  const BrokerSetup idle = setup_for(claude, key("ANTHROPIC_API_KEY"), url, {}, Money::parse("5"));
  REQUIRE(idle.warnings.size() == 1);
  CHECK(idle.warnings[0].find("loopback: listed") != std::string::npos);
  PriceTable prices;
  prices.loopback = PriceTable::Loopback::listed;
  const BrokerSetup counted = setup_for(claude, key("ANTHROPIC_API_KEY"), url, prices, Money::parse("5"));
  CHECK(counted.plan.routes[0].pricing == BrokerRoute::Pricing::listed);
  CHECK(counted.warnings.empty());
}

TEST_CASE("a local model server needs no key, but the agent does") {
  const AgentProfile codex = shipped_catalog().agent("codex");
  const BrokerSetup setup = setup_for(codex, std::nullopt, "http://localhost:11434/v1");
  REQUIRE(setup.plan.routes.size() == 1);
  CHECK(setup.plan.routes[0].header.empty());
  CHECK(setup.plan.routes[0].key.empty());
  CHECK(shown(setup.environment) ==
        "OPENAI_API_KEY=sk-proj-" + digits + " OPENAI_BASE_URL=http://10.0.2.2:8080/openai/v1 ");
}

TEST_CASE("without a key and a base URL there is nothing to broker") {
  const BrokerSetup setup = setup_for(shipped_catalog().agent("claude"), std::nullopt);
  CHECK(setup.plan.routes.empty());
  CHECK(setup.environment.empty());
  CHECK(setup.base_url == "https://api.anthropic.com");
}

TEST_CASE("a key that would go over an open wire is worth a word") {
  const AgentProfile claude = shipped_catalog().agent("claude");
  const BrokerSetup setup = setup_for(claude, key("ANTHROPIC_API_KEY"), "http://192.168.1.5:8080");
  CHECK(setup.plan.routes[0].pricing == BrokerRoute::Pricing::listed);
  CHECK(setup.warnings ==
        std::vector<std::string>{"the key goes to http://192.168.1.5:8080 unencrypted: its URL begins with http://"});
}

TEST_CASE("a base URL's own path stays in front of each call, whatever the provider's own is") {
  // A model server behind a proxy: its path ends as the provider's does, or not; the guest's base URL is the same.
  const AgentProfile codex = shipped_catalog().agent("codex");
  for (const std::string url : {"http://127.0.0.1:8000/serving/llama/v1", "https://gateway.example/team-7/openai"}) {
    const BrokerSetup setup = setup_for(codex, key("OPENAI_API_KEY"), url);
    CHECK(setup.plan.routes[0].upstream.to_string() == url);
    CHECK(setup.base_url == "http://10.0.2.2:8080/openai/v1");
  }
}

TEST_CASE("the example of Azure works as a whole: profile, provider, base URL and header") {
  const std::filesystem::path agents = std::filesystem::path(AGENTBOX_SOURCE_DIR) / "agents";
  const auto profile_file = agents / "examples/codex-azure.yaml";
  const auto provider_file = agents / "providers/examples/azure.yaml";
  const AgentProfile profile = parse_agent_profile(read_definition(profile_file), profile_file);
  const BrokerSetup setup =
      make_broker_plan({.profile = profile,
                        .variable = &profile.keys.front(),
                        .key = key("AZURE_OPENAI_API_KEY"),
                        .caps = {},
                        .host_base_url = std::nullopt,
                        .broker_url = "http://10.0.2.2:8080",
                        .ca_file = {},
                        .prices = {},
                        .provider =
                            [&](const std::string& name) {
                              CHECK(name == "azure");
                              return parse_provider(read_definition(provider_file), provider_file);
                            },
                        .random = [] { return digits; }});
  REQUIRE(setup.plan.routes.size() == 1);
  CHECK(setup.plan.routes[0].upstream.to_string() == "https://my-resource.openai.azure.com/openai");
  CHECK(setup.plan.routes[0].header == "api-key");
  CHECK(setup.plan.routes[0].scheme.empty());
  CHECK(setup.base_url == "http://10.0.2.2:8080/azure/openai");
  CHECK(shown(setup.environment) == "AZURE_OPENAI_API_KEY=" + digits + " ");
  const SeedValues values{.project = "/p", .home = "/home/agent", .base_url = setup.base_url, .key_tail20 = {}};
  CHECK(render_seed(profile.seed.at(0), values).find("base_url = \"http://10.0.2.2:8080/azure/openai/v1\"\n") !=
        std::string::npos);
}

TEST_CASE("a key that no provider knows is refused, not handed over") {
  AgentProfile profile = shipped_catalog().agent("claude");
  profile.keys[0].provider.clear();
  CHECK_THROWS_AS(setup_for(profile, key("ANTHROPIC_API_KEY")), Error);
  profile = shipped_catalog().agent("claude");
  profile.keys[0].credential = "password";
  CHECK_THROWS_AS(setup_for(profile, key("ANTHROPIC_API_KEY")), Error);
  CHECK_THROWS_AS(setup_for(shipped_catalog().agent("claude"), key("ANTHROPIC_API_KEY"), "https://h/?x"), Error);
}

}  // namespace agentbox::broker_plan_test
