// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "support/config_error.hpp"

namespace agentbox::agent_profile_test {

using namespace agentbox::test;

namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_agent_profile(text, "agents/x.yaml"); });
}

/// A complete profile without a key, and then these lines.
std::string with(const std::string& lines) { return "command: [x]\nkey-required: false\n" + lines; }

}  // namespace

TEST_CASE("the smallest profile is a command that needs no key") {
  const AgentProfile profile = parse_agent_profile("command: [x, -y]\nkey-required: false\n", "some/where/x.yaml");
  CHECK(profile.name == "x");
  CHECK(profile.source == "some/where/x.yaml");
  CHECK(profile.base == "dev");
  CHECK(profile.command == std::vector<std::string>{"x", "-y"});
  CHECK_FALSE(profile.key_required);
  CHECK(profile.install.empty());
  CHECK(profile.seed.empty());
}

TEST_CASE("bad profiles are refused with their place") {
  const BadText cases[] = {
      {"", "agents/x.yaml:1:1: expected a mapping, found nothing | leave the key out, or write {}"},
      {"key-required: false\n", "agents/x.yaml:1:1: the key \"command\" is missing"},
      {"command: x\n",
       "agents/x.yaml:1:10: expected a list, found text | write each item as \"- item\" on a line of its own, or [a, "
       "b]"},
      {"command: []\n", "agents/x.yaml:1:10: a command needs at least the program"},
      {"command: [sleep, 60]\n", "agents/x.yaml:1:18: expected text, found a number | put it in quotes: \"60\""},
      {"command: [x]\n",
       "agents/x.yaml:1:1: the profile lists no keys | list the agent's key variables, or say: "
       "key-required: false"},
      {with("skip_permissions: []\n"),
       "agents/x.yaml:3:1: unknown key \"skip_permissions\" | did you mean \"skip-permissions\"? known keys here: "
       "ask-permissions, base, base-url-variable, command, default-base-url, description, environment, "
       "environment-without-terminal, headless, install, "
       "key-required, keys, model-variable, network-groups, notes, pass-environment, proxy-variables, resume, seed, settings, "
       "size, skip-permissions, state, state-use, tested, verify, version"},
      {with("install: [make]\n"),
       "agents/x.yaml:1:1: a profile with \"install\" needs \"verify\" | package managers exit "
       "with 0 for half an installation; as in: verify: [NAME, --version]"},
      {with("verify: [x]\ninstall: [' ']\n"), "agents/x.yaml:4:11: an install step has nothing to run"},
      {with("keys: [API_KEY]\n"), "agents/x.yaml:3:8: expected a mapping, found text | write \"key: value\" lines"},
      {with("keys:\n  - name: API_KEY\n"), "agents/x.yaml:4:5: the key \"help\" is missing"},
      {with("keys:\n  - {name: API_KEY, help: h, provider: p}\n"),
       "agents/x.yaml:4:5: \"provider\" and \"credential\" belong together"},
      {with("keys:\n  - name: PATH\n    help: x\n"),
       "agents/x.yaml:4:11: the variable PATH may not be set by a definition | it decides which programs run, or how "
       "the "
       "session finds its own parts"},
      {with("environment:\n  LD_PRELOAD: /x.so\n"),
       "agents/x.yaml:4:3: the variable LD_PRELOAD may not be set by a definition | it decides which programs run, or "
       "how "
       "the session finds its own parts"},
      {with("pass-environment: [SSH_AUTH_SOCK]\n"),
       "agents/x.yaml:3:20: the variable SSH_AUTH_SOCK may not be set by a definition | it decides which programs run, "
       "or "
       "how the session finds its own parts"},
      {with("base-url-variable: HOME\n"),
       "agents/x.yaml:3:20: the variable HOME may not be set by a definition | it decides which programs run, or how "
       "the "
       "session finds its own parts"},
      {with("environment: {A: 1}\n"), "agents/x.yaml:3:18: expected text, found a number | put it in quotes: \"1\""},
      {with("environment: {A: \"b\\nc\"}\n"), "agents/x.yaml:3:18: a variable's value is one line of text"},
      {with("environment: {A: b}\npass-environment: [A]\n"), "agents/x.yaml:4:20: \"A\" stands here twice"},
      {with("environment: {A: b}\nenvironment-without-terminal: {A: c}\n"), "agents/x.yaml:4:32: \"A\" stands here twice"},
      {with("base-url-variable: A_URL\n"),
       "agents/x.yaml:1:1: \"base-url-variable\" and \"default-base-url\" belong together"},
      {with("default-base-url: file:///x\n"),
       "agents/x.yaml:3:19: \"file:///x\" does not begin with https:// or http://"},
      {with("seed:\n  - path: ../.bashrc\n    format: text\n    content: x\n"),
       "agents/x.yaml:4:11: the path \"../.bashrc\" has a component \"..\""},
      {with("seed:\n  - path: /etc/passwd\n    format: text\n    content: x\n"),
       "agents/x.yaml:4:11: the path \"/etc/passwd\" is absolute | it is meant relative to the home directory"},
      {with("seed:\n  - path: a\n    format: xml\n    content: x\n"),
       "agents/x.yaml:5:13: unknown format \"xml\" | it is one of: text, json, toml, yaml"},
      {with("seed:\n  - path: a\n    format: json\n    content: |\n      { \"a\":\n        \"{prject}\" }\n"),
       "agents/x.yaml:6:14: seed file a, line 2: unknown placeholder {prject} | known ones: {project}, {home}, "
       "{base_url}, {key}, {key_tail20}, {model}"},
      {with("seed:\n  - path: a\n    format: json\n    content: '[{project}]'\n"),
       "agents/x.yaml:6:14: seed file a, line 1: {project} stands outside double quotes | write \"{project}\""},
      {with("seed:\n  - {path: a, format: text, content: x}\n  - {path: a, format: text, content: y}\n"),
       "agents/x.yaml:5:5: \"a\" stands here twice | only with different \"keys\" or \"permissions\" may a path be given "
       "again"},
      {with("seed:\n  - {path: a, format: text, content: x, keys: []}\n  - {path: a, format: text, content: y, keys: []}\n"),
       "agents/x.yaml:5:5: \"a\" stands here twice | only with different \"keys\" or \"permissions\" may a path be given "
       "again"},
      {with("seed:\n  - {path: a, format: text, content: x, permissions: ask}\n  - {path: a, format: text, content: y, "
            "permissions: never}\n"),
       "agents/x.yaml:5:54: unknown word \"never\" | it is one of: skip, ask"},
      {with("seed:\n  - {path: a, format: text, content: x, keys: [A]}\n"), "agents/x.yaml:4:5: A is no key of this profile"},
      {with("environment: {A: \"{bse_url}\"}\n"),
       "agents/x.yaml:3:18: variable A: unknown placeholder {bse_url} | known ones: {project}, {home}, {base_url}, {key}, "
       "{key_tail20}, {model}"},
      {with("version: 1;reboot\n"), "agents/x.yaml:3:10: \"1;reboot\" is not a version | as in latest, or \"2.1.330\""},
      {with("size: 2\n"), "agents/x.yaml:3:7: \"2\" is not a size | Write a number and a unit: 512M, 2G, 2GiB, 1.5G (powers of 1024)."},
      {with("state-use: two\n"), "agents/x.yaml:3:12: unknown word \"two\" | it is one of: shared, one-session"},
      {with("skip-permissions: {arguments: [-y], environment: {A: b}}\nenvironment: {A: c}\n"),
       "agents/x.yaml:3:51: \"A\" stands here twice | in a session it would have two values"},
      {with("skip-permissions: {argument: [-y]}\n"),
       "agents/x.yaml:3:20: unknown key \"argument\" | did you mean \"arguments\"? known keys here: arguments, environment"},
      {with("keys:\n  - {name: A, help: h, environment: {B: x}}\nenvironment: {B: y}\n"),
       "agents/x.yaml:5:15: \"B\" stands here twice | in a session it would have two values"},
      {with("keys:\n  - {name: A, help: h, base-url-variable: A_URL}\n"),
       "agents/x.yaml:4:5: \"base-url-variable\" and \"default-base-url\" belong together"},
      {with("state: [.x/, .x]\n"), "agents/x.yaml:3:14: \".x\" stands here twice"},
      {with("state: [.x/, /]\n"), "agents/x.yaml:3:14: the path \"/\" is absolute | it is meant relative to the home directory"},
      {with("state: [.x, ../y]\n"), "agents/x.yaml:3:13: the path \"../y\" has a component \"..\""},
      {"command: [x]\nkey-required: no\n",
       "agents/x.yaml:2:15: expected true or false, found a boolean | write true or "
       "false, in lower case and without quotes"},
      {with("base: Dev\n"),
       "agents/x.yaml:3:7: \"Dev\" is not a name | names have 1 to 63 of a-z 0-9 . _ + - and begin "
       "with a letter or digit"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == bad.message);
  }
}

TEST_CASE("what goes with a key, or with a way to run, stands apart from what every session has") {
  const AgentProfile profile = parse_agent_profile(
      "command: [x]\n"
      "keys:\n"
      "  - {name: A_KEY, help: a, provider: p, credential: c, base-url-variable: A_URL, default-base-url: \"https://a/\",\n"
      "     model: m-1, network-groups: [g], environment: {X_URL: \"{base_url}\", X_KIND: a}}\n"
      "  - {name: B_KEY, help: b, base-url-variable: A_URL, default-base-url: \"https://b/\", environment: {X_KIND: b}}\n"
      "skip-permissions: {environment: {X_MODE: all}}\n"
      "ask-permissions: {arguments: [--ask], environment: {X_MODE: some}}\n"
      "model-variable: X_MODEL\n"
      "environment: {X_MODEL: \"{model}\"}\n"
      "seed:\n"
      "  - {path: a, format: text, content: one, keys: [A_KEY], permissions: skip}\n"
      "  - {path: a, format: text, content: two, keys: [B_KEY], permissions: skip}\n"
      "  - {path: a, format: text, content: three, permissions: ask}\n"
      "  - {path: a, format: text, content: four, keys: [], permissions: skip}\n",
      "x.yaml");
  CHECK(profile.keys[0].environment == VariableTemplates{{"X_KIND", "a"}, {"X_URL", "{base_url}"}});
  CHECK(profile.keys[0].model == "m-1");
  CHECK(profile.keys[0].network_groups == std::vector<std::string>{"g"});
  CHECK(profile.keys[1].base_url_variable == "A_URL");
  CHECK(profile.keys[1].default_base_url == "https://b/");
  CHECK(permission_mode(profile, Permissions::skip).arguments.empty());
  CHECK(permission_mode(profile, Permissions::skip).environment == VariableTemplates{{"X_MODE", "all"}});
  CHECK(permission_mode(profile, Permissions::ask).arguments == std::vector<std::string>{"--ask"});
  CHECK(profile.seed.size() == 4);
  CHECK(profile.seed[1].keys == std::vector<std::string>{"B_KEY"});
  CHECK(profile.seed[2].permissions == Permissions::ask);
  CHECK_FALSE(profile.seed[2].keys);
  CHECK(profile.seed[3].keys->empty());
}

TEST_CASE("the version stands where an installer wants it") {
  AgentProfile profile = parse_agent_profile(
      "command: [x]\nkey-required: false\nverify: [x]\ninstall: [\"get x@{version} && echo {version} ${HOME}\", make]\n",
      "x.yaml");
  CHECK(profile.version == "latest");
  CHECK(takes_version(profile));
  CHECK(install_steps(profile) == std::vector<std::string>{"get x@latest && echo latest ${HOME}", "make"});
  profile.version = "1.2";
  CHECK(install_steps(profile)[0] == "get x@1.2 && echo 1.2 ${HOME}");
  profile.install = {"make"};
  CHECK_FALSE(takes_version(profile));
  for (const std::string good : {"latest", "2.1.330", "0.0.1-gabc_d+e"}) CHECK(is_version(good));
  for (const std::string bad : {"", "-1", ".1", "1 2", "1;x", "$(x)", "a/b", "@latest"}) CHECK_FALSE(is_version(bad));
}

}  // namespace agentbox::agent_profile_test
