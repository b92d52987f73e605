// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/catalog.hpp"
#include "config/loaders.hpp"
#include "support/config_error.hpp"

#include <algorithm>

namespace agentbox::provider_test {

using namespace agentbox::test;

namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_provider(text, "providers/x.yaml"); });
}

/// A complete provider, and then these lines.
std::string with(const std::string& lines) {
  return "upstream: https://h/v1\nwire: openai\ncredentials: {k: {header: x-api-key, placeholder: \"{random}\"}}\n"
         "usage: {model: [m], input: [i], output: [o]}\n" +
         lines;
}

std::string prices_error(const std::string& text) {
  return config_error([&] { return parse_price_table(text, "providers/prices.yaml"); });
}

}  // namespace

TEST_CASE("bad providers are refused with their place") {
  const BadText cases[] = {
      {with(""), "providers/x.yaml:1:1: the provider has no \"metered\" calls, so it is of no use"},
      {with("metered: [POST /a]\nwire: openai\n"),
       "providers/x.yaml:6:1: duplicate key \"wire\" | it stands in line 2 already"},
      {with("metered: [post /a]\n"),
       "providers/x.yaml:5:11: \"post /a\" does not begin with a method in capital letters | as in: POST /v1/messages"},
      {with("metered: [POST /a/../b]\n"),
       "providers/x.yaml:5:11: \"POST /a/../b\" holds no plain absolute path | no query, no %, no empty component, no "
       "\".\" or \"..\"; * stands for a name"},
      {with("metered: [POST /a, POST /a]\n"), "providers/x.yaml:5:20: \"POST /a\" stands here twice"},
      // A definition may not open what the broker is there to close.
      {with("metered: [POST /a]\nheaders: [x-api-key]\n"),
       "providers/x.yaml:6:11: the header \"x-api-key\" is never forwarded | it carries a credential, belongs to one "
       "connection, or changes what a request means"},
      {with("metered: [POST /a]\nheaders: [x-http-method-override]\n"),
       "providers/x.yaml:6:11: the header \"x-http-method-override\" is never forwarded | it carries a credential, "
       "belongs "
       "to one connection, or changes what a request means"},
      {with("metered: [POST /a]\nheaders: [X-App]\n"),
       "providers/x.yaml:6:11: \"X-App\" is neither a header nor a group of them | as in x-app, or anthropic-*, in "
       "lower case"},
      {with("metered: [POST /a]\nheaders: ['*']\n"),
       "providers/x.yaml:6:11: \"*\" is neither a header nor a group of them | as in x-app, or anthropic-*, in lower "
       "case"},
      {with("metered: [POST /a]\nquery: [key]\n"),
       "providers/x.yaml:6:9: the parameter \"key\" is never forwarded | it may carry a credential"},
      {with("metered: [POST /a]\nbase-path: /v2\n"), "providers/x.yaml:6:12: the upstream does not end with this path"},
      {"upstream: ftp://h\n", "providers/x.yaml:1:11: \"ftp://h\" does not begin with https:// or http://"},
      {"upstream: https://h\nwire: smtp\n",
       "providers/x.yaml:2:7: unknown wire format \"smtp\" | it is one of: anthropic, openai, google"},
      // Without {random} every session would have the same placeholder.
      {"upstream: https://h\nwire: openai\ncredentials: {k: {header: x-api-key, placeholder: secret}}\n",
       "providers/x.yaml:3:51: \"secret\" is not a form of placeholder | as in sk-{random}: letters, digits, - and _, "
       "and "
       "{random} once"},
      {"upstream: https://h\nwire: openai\ncredentials: {k: {header: \"a b\", placeholder: \"{random}\"}}\n",
       "providers/x.yaml:3:27: \"a b\" is not the name of a header | such names are written in lower case here"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == bad.message);
  }
}

TEST_CASE("credentials are never forwarded, whatever a group would let through") {
  for (const char* name :
       {"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "proxy-authorization", "anthropic-api-key",
        "x-my-apikey", "x-client-secret", "x-forwarded-for", "accept-encoding"}) {
    INFO(name);
    CHECK_FALSE(may_be_forwarded(name));
  }
  CHECK(may_be_forwarded("anthropic-version"));
  CHECK(may_be_forwarded("x-stainless-os"));
}

TEST_CASE("every shipped provider loads, over TLS, and agents name credentials that exist") {
  const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;
  const Catalog catalog(shipped / "no-such-directory", shipped);
  CHECK(catalog.provider_names() == std::vector<std::string>{"anthropic", "google", "openai", "openrouter"});
  for (const std::string& name : catalog.provider_names()) {
    INFO(name);
    CHECK(catalog.provider(name).upstream.starts_with("https://"));
    CHECK_FALSE(catalog.provider(name).description.empty());
  }
  for (const std::string& agent : catalog.agent_names()) {
    for (const KeyVariable& key : catalog.agent(agent).keys) {
      INFO(agent << " " << key.name);
      if (key.provider.empty()) continue;  // of a service that cannot be brokered
      const Provider provider = catalog.provider(key.provider);
      CHECK(provider.upstream ==
            (key.default_base_url.empty() ? catalog.agent(agent).default_base_url : key.default_base_url));
      CHECK(std::any_of(provider.credentials.begin(), provider.credentials.end(),
                        [&](const CredentialKind& kind) { return kind.name == key.credential; }));
    }
  }
  CHECK_THROWS_AS(catalog.provider("prices"), Error);
  CHECK_THROWS_AS(catalog.provider("../claude"), Error);
}

TEST_CASE("the commented example of a provider uses every key") {
  const std::filesystem::path file =
      std::filesystem::path(AGENTBOX_SOURCE_DIR) / "agents/providers/examples/EXAMPLE.yaml";
  const Provider provider = parse_provider(read_definition(file), file);
  CHECK(provider.base_path == "/one");
  CHECK(provider.credentials.size() == 2);
  CHECK_FALSE(provider.free.empty());
  CHECK_FALSE(provider.answered.empty());
  CHECK_FALSE(provider.headers.empty());
  CHECK_FALSE(provider.query.empty());
  CHECK_FALSE(provider.usage.cache_write.empty());
  CHECK(provider.usage.cached == UsagePaths::Cached::included);
}

TEST_CASE("the shipped price table knows the agents' models, the first entry that matches") {
  const std::filesystem::path shipped = AGENTBOX_SOURCE_DIR;
  const PriceTable prices = Catalog(shipped / "no-such-directory", shipped).prices();
  const auto input = [&](const char* model) { return prices.find(model).prices.input * 1'000'000; };
  const auto kind = [&](const char* model) { return prices.find(model).kind; };
  for (const char* model : {"claude-opus-4-6", "claude-sonnet-4-5-20250929", "claude-haiku-4-5", "gpt-5.2-codex",
                            "gemini-2.5-pro", "models/gemini-2.5-flash", "anthropic/claude-opus-4-1"}) {
    INFO(model);
    CHECK(kind(model) == PriceTable::Found::Kind::listed);
  }
  CHECK(input("claude-opus-4-1-20250805") > input("claude-opus-4-6"));
  CHECK(input("gpt-5-mini") < input("gpt-5"));
  CHECK(input("gemini-2.5-flash-lite") < input("gemini-2.5-flash"));
  CHECK(kind("mistral") == PriceTable::Found::Kind::guessed);
  for (const PriceTable::Entry& entry : prices.entries) {
    INFO(entry.models);
    CHECK(entry.prices.input <= prices.unknown.input);
    CHECK(entry.prices.output <= prices.unknown.output);
  }
}

TEST_CASE("a model server on this machine is free of charge unless the price table says otherwise") {
  const std::string table = "models: []\nunknown: {input: 1, output: 1}\n";
  CHECK(parse_price_table(table, "prices.yaml").loopback == PriceTable::Loopback::free);
  CHECK(parse_price_table(table + "loopback: free\n", "prices.yaml").loopback == PriceTable::Loopback::free);
  CHECK(parse_price_table(table + "loopback: listed\n", "prices.yaml").loopback == PriceTable::Loopback::listed);
}

TEST_CASE("bad price tables are refused with their place") {
  CHECK(prices_error("models: [{model: a, input: 1.0}]\n") ==
        "providers/prices.yaml:1:10: the key \"output\" is missing");
  CHECK(prices_error("models: [{model: a, input: -1, output: 2}]\n")
            .starts_with("providers/prices.yaml:1:28: \"-1\" is not an amount of dollars"));
  CHECK(prices_error("models: [{model: v/a, input: 1, output: 2}]\n")
            .starts_with("providers/prices.yaml:1:18: a model's name stands here without the vendor's prefix"));
  CHECK(prices_error("models: []\n") == "providers/prices.yaml:1:1: the key \"unknown\" is missing");
  CHECK(prices_error("models: []\nunknown: {input: 1, output: 1}\nloopback: cheap\n") ==
        "providers/prices.yaml:3:11: unknown word \"cheap\" | it is one of: free, listed");
}

}  // namespace agentbox::provider_test
