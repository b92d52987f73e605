// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "support/config_error.hpp"

namespace agentbox::user_config_test {

using namespace agentbox::test;

namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_user_config(text, "config.yaml"); });
}

}  // namespace

TEST_CASE("a user's file of comments gives the defaults") {
  const UserConfig config = parse_user_config("# policy: dirty\n", "config.yaml");
  CHECK(config.policy == "trusted");
  CHECK(config.base == "dev");
  CHECK_FALSE(config.debian_mirror);
  CHECK_FALSE(config.keep_host_ca);
  CHECK(config.qemu.empty());
  CHECK(config.accelerator.empty());
}

TEST_CASE("a user's file sets each key") {
  const UserConfig config = parse_user_config(
      "policy: dirty\nbase: mine\ndebian-mirror: http://mirror.example/debian\nkeep-host-ca: true\n"
      "qemu: /opt/qemu/bin/qemu-system-x86_64\naccelerator: tcg\n",
      "config.yaml");
  CHECK(config.policy == "dirty");
  CHECK(config.base == "mine");
  CHECK(config.debian_mirror == "http://mirror.example/debian");
  CHECK(config.keep_host_ca);
  CHECK(config.qemu == "/opt/qemu/bin/qemu-system-x86_64");
  CHECK(config.accelerator == "tcg");
  CHECK(parse_user_config("accelerator: auto\n", "config.yaml").accelerator.empty());
}

TEST_CASE("keys of a user's file are commands, for all or for one agent or project") {
  const UserConfig config = parse_user_config(
      "secrets: {store: file}\n"
      "keys:\n"
      "  - name: A_KEY\n    command: [pass, show, a/key]\n"
      "  - {name: A_KEY, agent: claude, project: /home/u/x/, command: [/usr/bin/op, read, \"op://a/b\"]}\n",
      "config.yaml");
  CHECK(config.secret_store == SecretStoreChoice::file);
  const std::vector<KeyCommand> expected{
      {.id = {"A_KEY", {}}, .command = {"pass", "show", "a/key"}},
      {.id = {"A_KEY", {"claude", "/home/u/x"}}, .command = {"/usr/bin/op", "read", "op://a/b"}}};
  CHECK(config.key_commands == expected);
  CHECK(parse_user_config("policy: ci\n", "config.yaml").secret_store == SecretStoreChoice::automatic);
}

TEST_CASE("a user's file pins agents to versions") {
  const UserConfig config = parse_user_config("agent-versions: {claude: 2.1.330, codex: \"0.1\"}\n", "config.yaml");
  CHECK(config.agent_versions == std::map<std::string, std::string>{{"claude", "2.1.330"}, {"codex", "0.1"}});
  CHECK(error_of("agent-versions: {claude: \"1;2\"}\n") ==
        "config.yaml:1:26: \"1;2\" is not a version | as in \"2.1.330\"");
}

TEST_CASE("a user's file says which templates stay") {
  const TemplateLimits defaults = parse_user_config("policy: ci\n", "config.yaml").templates;
  CHECK(defaults.unused_for == std::chrono::hours(720));
  CHECK(defaults.count == 12);
  CHECK(defaults.size == ByteSize::gibibytes(20));
  const TemplateLimits limits =
      parse_user_config("templates: {unused-for: 14d, count: 3, size: 2G}\n", "config.yaml").templates;
  CHECK(limits.unused_for == std::chrono::hours(14 * 24));
  CHECK(limits.count == 3);
  CHECK(limits.size == ByteSize::gibibytes(2));
}

TEST_CASE("bad user files are refused with their place") {
  const BadText cases[] = {
      {"polcy: dirty\n",
       "config.yaml:1:1: unknown key \"polcy\" | did you mean \"policy\"? known keys here: accelerator, "
       "agent-versions, base, debian-mirror, keep-host-ca, keys, policy, qemu, secrets, templates"},
      {"qemu: qemu-system-x86_64\n", "config.yaml:1:7: the path of a program must be absolute"},
      {"accelerator: hax\n", "config.yaml:1:14: unknown accelerator | it is one of: auto, kvm, tcg"},
      {"keep-host-ca: yes\n",
       "config.yaml:1:15: expected true or false, found a boolean | write true or false, in lower "
       "case and without quotes"},
      {"policy: ../../x\n",
       "config.yaml:1:9: \"../../x\" is not a name | names have 1 to 63 of a-z 0-9 . _ + - and begin "
       "with a letter or digit"},
      {"debian-mirror: gopher://x\n",
       "config.yaml:1:16: \"gopher://x\" does not begin with https:// or http:// or file://"},
      {"policy:\n", "config.yaml:1:1: expected text, found nothing"},
      {"secrets: {store: kwallet}\n",
       "config.yaml:1:18: unknown store \"kwallet\" | it is one of: auto, keyring, file"},
      {"templates: {unused-for: 5m}\n", "config.yaml:1:25: \"5m\" is not between 1 h 0 min and 87600 h 0 min"},
      {"templates: {count: -1}\n", "config.yaml:1:20: -1 is not between 0 and 1000"},
      {"templates: {age: 5d}\n", "config.yaml:1:13: unknown key \"age\" | known keys here: count, size, unused-for"},
      {"secrets: {}\n", "config.yaml:1:10: the key \"store\" is missing"},
      {"keys:\n  - name: A_KEY\n", "config.yaml:2:5: the key \"command\" is missing"},
      {"keys:\n  - {name: a_key, command: [x]}\n",
       "config.yaml:2:12: \"a_key\" is not the name of a variable | as in ANTHROPIC_API_KEY"},
      {"keys:\n  - {name: A_KEY, command: pass show x}\n",
       "config.yaml:2:28: expected a list, found text | write each item as \"- item\" on a line of its own, or [a, b]"},
      {"keys:\n  - {name: A_KEY, command: []}\n",
       "config.yaml:2:28: a command needs at least the program | as in [pass, show, anthropic/key]"},
      // From the project's directory it would be the project's program.
      {"keys:\n  - {name: A_KEY, command: [./key]}\n", "config.yaml:2:28: the path of a program must be absolute"},
      {"keys:\n  - {name: A_KEY, project: src/x, command: [x]}\n",
       "config.yaml:2:28: the path of a project must be absolute"},
      {"keys:\n  - {name: A_KEY, agent: ../x, command: [x]}\n",
       "config.yaml:2:26: \"../x\" is not a name | names have 1 to 63 of a-z 0-9 . _ + - and begin "
       "with a letter or digit"},
      {"keys:\n  - {name: A_KEY, project: /x, command: [x]}\n  - {name: A_KEY, project: /x/, command: [y]}\n",
       "config.yaml:3:5: \"A_KEY project=/x\" stands here twice"},
      {"keys:\n  - {name: A_KEY, value: sk-1, command: [x]}\n",
       "config.yaml:2:19: unknown key \"value\" | known keys here: agent, command, name, project"},
      {"- policy\n", "config.yaml:1:1: expected a mapping, found a list | write \"key: value\" lines"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == bad.message);
  }
}

}  // namespace agentbox::user_config_test
