// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/choose_settings.hpp"

#include "config/loaders.hpp"
#include "core/error.hpp"
#include "core/secret_shape.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::choose_settings_test {

using Json = nlohmann::json;

namespace {

using Keys = std::vector<std::string>;

AgentSettings::Chosen json_keys(Keys keys) {
  return {.path = ".a/settings.json", .format = SeedFile::Format::json, .keys = std::move(keys)};
}
AgentSettings::Chosen toml_keys(Keys keys) {
  return {.path = ".a/config.toml", .format = SeedFile::Format::toml, .keys = std::move(keys)};
}

const std::string token = "sk-ant-api03-0123456789abcdefghij";

}  // namespace

TEST_CASE("of a user's JSON only the chosen keys are taken, and the seed wins") {
  const std::string host = R"(// mine
      {"model": "opus", "theme": "dark", "hooks": {"Stop": "rm -rf /"}, "env": {"TOKEN": "x"}, "ui": {"hide": true, "other": 1}, "trust": false})";
  const ChosenSettings chosen = choose_settings(host, R"({"trust": true, "ui": {"seeded": 1}})",
                                                json_keys({"model", "ui.hide", "trust", "missing", "model.deeper"}));
  CHECK(Json::parse(chosen.content) ==
        Json::parse(R"({"model": "opus", "ui": {"hide": true, "seeded": 1}, "trust": true})"));
  CHECK(chosen.taken == Keys{"model", "ui.hide", "trust"});
  CHECK(chosen.secrets.empty());
  CHECK(Json::parse(choose_settings("{}", "", json_keys({"model"})).content) == Json::object());
}

TEST_CASE("what is a secret by its name or shape is not taken, however deep") {
  const std::string host = R"({"model": ")" + token + R"(", "apiKey": "plain", "ui": {"a": [1, ")" + token +
                           R"("], "password": "p", "b": {"c": 2}}, "language": "de"})";
  const ChosenSettings chosen = choose_settings(host, "", json_keys({"model", "apiKey", "ui", "language"}));
  CHECK(Json::parse(chosen.content) == Json::parse(R"({"ui": {"a": [1], "b": {"c": 2}}, "language": "de"})"));
  CHECK(chosen.secrets == Keys{"model", "apiKey", "ui"});
  CHECK(chosen.taken == Keys{"ui", "language"});
}

TEST_CASE("a settings file that is none is an error, whatever it holds") {
  for (const auto* text : {"", "[]", "{", "null", "\"x\"", "{\"a\": 1} x"}) {
    INFO(text);
    CHECK_THROWS_AS(choose_settings(text, "", json_keys({"a"})), Error);
  }
}

TEST_CASE("of a user's TOML plain values above the tables are taken, and the seed wins") {
  const std::string host =
      "model = \"gpt\" # the big one\neffort = 3\nfast=true # yes\n  verbosity = \"low\"\nmodel_provider = "
      "\"mine\"\nlist = [1]\nodd = \"a\\\"b\"\n"
      "note = \"\"\"\neffort2 = 9\n\"\"\"\nprovider = \"mine\"\nkey = \"" +
      token + "\"\n[profiles.x]\nlate = 1\n";
  const std::string seed = "provider = \"ours\"\n\n[features]\nx = false\n";
  const ChosenSettings chosen = choose_settings(
      host, seed,
      toml_keys({"model", "effort", "effort2", "fast", "verbosity", "list", "odd", "provider", "key", "late"}));
  CHECK(chosen.content == "model = \"gpt\"\neffort = 3\nfast = true\nverbosity = \"low\"\n" + seed);
  CHECK(chosen.taken == Keys{"model", "effort", "fast", "verbosity"});
  CHECK(chosen.secrets == Keys{"key"});
}

TEST_CASE("tokens are known by their shape, and words are not taken for them") {
  for (const auto& text : {token, "key: " + token, std::string("ghp_0123456789abcdefABCDEF0123456789abcd"),
                           std::string("AKIAIOSFODNN7EXAMPLE12"), std::string("-----BEGIN OPENSSH PRIVATE KEY-----"),
                           std::string("x=glpat-1234567890abcdefghij;"),
                           std::string("gsk_0123456789abcdefABCDEF"), std::string("sk_live_0123456789abcdefABCDEF")}) {
    INFO(text);
    CHECK(holds_secret_shape(text));
  }
  for (const auto* text : {"", "sk-ant-...", "claude-opus-4-20250514-thinking", "a task-0123456789abcdefghijkl",
                           "sk-some-quite-long-but-plain-words", "use $ANTHROPIC_API_KEY"}) {
    INFO(text);
    CHECK_FALSE(holds_secret_shape(text));
  }
  CHECK((names_secret("apiKey") && names_secret("AUTH_TOKEN") && names_secret("my-password") &&
         !names_secret("model") && !names_secret("keyboard")));
}

TEST_CASE("a profile says which settings of its user's a session gets") {
  const auto profile = [](const std::string& settings) {
    return parse_agent_profile(
        "command: [a]\nkey-required: false\nseed:\n  - {path: .a/seed, format: text, content: x}\nstate: "
        "[.a/talks/]\nsettings: " +
            settings,
        "agents/a.yaml");
  };
  const AgentSettings settings =
      profile("{files: [.a/NOTES.md, .a/skills/], chosen: [{path: .a/settings.json, format: json, keys: [model]}]}")
          .settings;
  REQUIRE(settings.files.size() == 2);
  CHECK((settings.files[0].path == ".a/NOTES.md" && settings.files[0].kind == StatePath::Kind::file));
  CHECK((settings.files[1].path == ".a/skills" && settings.files[1].kind == StatePath::Kind::directory));
  REQUIRE(settings.chosen.size() == 1);
  CHECK((settings.chosen[0].path == ".a/settings.json" && settings.chosen[0].keys == Keys{"model"}));
  const auto moved = profile("{files: [.a/NOTES.md], moved: [{variable: A_HOME, places: {.a: ., .a.json: x/.a.json}}]}").settings.moved;
  REQUIRE(moved.size() == 1);
  CHECK((moved[0].variable == "A_HOME" && moved[0].places == std::map<std::string, std::string>{{".a", "."}, {".a.json", "x/.a.json"}}));
  for (const auto* wrong :
       {"{files: [.a/]}", "{files: [.a/seed]}", "{files: [.a/talks/old/]}", "{files: [../x]}", "{files: [/etc/passwd]}",
 "{other: []}", "{moved: [{variable: PATH, places: {.a: .}}]}", "{moved: [{variable: A_HOME, places: {../a: .}}]}",
        "{moved: [{variable: A_HOME, places: {.a: ..}}]}", "{moved: [{variable: A_HOME}]}", "{chosen: [{path: .a/x, format: text, keys: [a]}]}",
        "{files: [.a/x], chosen: [{path: .a/x, format: json, keys: [a]}]}"}) {
    INFO(wrong);
    CHECK_THROWS_AS(profile(wrong), Error);
  }
}

}  // namespace agentbox::choose_settings_test
