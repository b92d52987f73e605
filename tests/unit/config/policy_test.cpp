// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "support/config_error.hpp"

namespace agentbox::policy_test {

using namespace agentbox::test;

namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_policy(text, "policies/x.yaml"); });
}

}  // namespace

TEST_CASE("a policy is what its file says, and the defaults else") {
  const Policy defaults = parse_policy("description: d\n", "policies/x.yaml");
  CHECK(defaults.name == "x");
  CHECK(defaults.resources == Policy::Resources{});
  CHECK(defaults.workspace == WorkspaceMode::live);
  CHECK(defaults.network == NetworkMode::open);
  CHECK(defaults.credentials == CredentialMode::brokered);
  CHECK(defaults.caps == UsageCaps{});
  CHECK(defaults.on_exit == OnExit::destroy);

  const Policy policy = parse_policy(
      "resources: {cpus: 64, memory: 256M, disk: 1G, timeout: 1h30m}\nworkspace: {mode: readonly}\n"
      "network: {mode: offline}\non-exit: keep\n",
      "policies/x.yaml");
  CHECK(policy.resources == Policy::Resources{.cpus = 64,
                                              .memory = ByteSize::mebibytes(256),
                                              .disk = ByteSize::gibibytes(1),
                                              .timeout = std::chrono::minutes(90)});
  CHECK(policy.workspace == WorkspaceMode::readonly);
  CHECK(policy.network == NetworkMode::offline);
  CHECK(policy.on_exit == OnExit::keep);

  const Policy copy = parse_policy("workspace: {mode: copy, copy-ignored: false}\n", "policies/x.yaml");
  CHECK(copy.workspace == WorkspaceMode::copy);
  CHECK(copy.copy_ignored == Policy::CopyIgnored::no);
  CHECK(defaults.copy_ignored == Policy::CopyIgnored::yes);

  CHECK(defaults.terminal == TerminalRules{});
  const Policy terminal =
      parse_policy("terminal: {titles: false, hyperlinks: false, clipboard: write, notifications: full, paste-images: false}\n", "policies/x.yaml");
  CHECK(terminal.terminal == TerminalRules{.titles = TerminalRules::Titles::drop,
                                           .hyperlinks = TerminalRules::Hyperlinks::drop,
                                           .clipboard = TerminalRules::Clipboard::write,
                                           .notifications = TerminalRules::Notifications::full,
                                           .pasted_images = TerminalRules::PastedImages::keep_out});

  const Policy strict =
      parse_policy("workspace: {mode: live, guarded: [/deploy/, \"!.husky\"], hidden: [\"*.secret\"]}\n", "policies/x.yaml");
  CHECK(strict.guarded == std::vector<std::string>{"/deploy/", "!.husky"});
  CHECK(strict.hidden == std::vector<std::string>{"*.secret"});
}

TEST_CASE("a policy says which directories are hot") {
  using Detect = HotDirectories::Detect;
  const auto hot_of = [](const std::string& fields) {
    return parse_policy("workspace: {mode: live, " + fields + "}\n", "policies/x.yaml");
  };
  CHECK(hot_of("copy-ignored: true").hot == HotDirectories{});
  CHECK(hot_of("copy-ignored: true").hot_state == HotState::fresh);
  CHECK(hot_of("hot-directories: none").hot == HotDirectories{});
  CHECK(hot_of("hot-directories: auto, hot-state: keep").hot == HotDirectories{.detect = Detect::by_project});
  CHECK(hot_of("hot-directories: auto, hot-state: keep").hot_state == HotState::keep);
  CHECK(hot_of("hot-directories: [web/dist, auto]").hot == HotDirectories{.detect = Detect::by_project, .paths = {"web/dist"}});
  CHECK(to_string(hot_of("hot-directories: [web/dist, auto]").hot) == "auto,web/dist");
  CHECK(parse_hot_directories("auto,web/dist,x") == HotDirectories{.detect = Detect::by_project, .paths = {"web/dist", "x"}});
  for (const char* text : {"", "/abs", "a//b", "../x", "a/..", "./a", "a/", "none,a", "auto,auto", "a,a/b", "a/b,a", ".git", "x/.git/y", "a,a", "a,,b"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_hot_directories(text), Error);
  }
}

TEST_CASE("bad policies are refused with their place") {
  const BadText cases[] = {
      {"", "policies/x.yaml:1:1: expected a mapping, found nothing | leave the key out, or write {}"},
      // A pattern that protects nothing must not look as if it did.
      {"workspace: {mode: live, hidden: [../x]}\n",
       "policies/x.yaml:1:34: the pattern \"../x\" leaves the directory that it is for"},
      // A misspelt restriction that is ignored is no restriction.
      {"netwrok: {mode: offline}\n",
       "policies/x.yaml:1:1: unknown key \"netwrok\" | did you mean \"network\"? known keys here: "
       "credentials, description, history, network, on-exit, resources, settings, terminal, "
       "workspace"},
      {"terminal: {clipboard: read}\n",
       "policies/x.yaml:1:23: unknown use of the clipboard \"read\" | it is one of: none, write"},
      {"network: {modus: offline}\n",
       "policies/x.yaml:1:11: unknown key \"modus\" | known keys here: allow, ask, deny, groups, lan, mode, ports, "
       "proxy-variables"},
      {"network: {mode: open, allow: ['*']}\n",
       "policies/x.yaml:1:31: \"*\" is too wide for a rule | a \"*\" stands only at the beginning, before a name: "
       "*.example.org"},
      {"network: offline\n", "policies/x.yaml:1:10: expected a mapping, found text | write \"key: value\" lines"},
      {"network: {}\n", "policies/x.yaml:1:10: the key \"mode\" is missing"},
      {"network: {mode: closed}\n",
       "policies/x.yaml:1:17: unknown network mode \"closed\" | it is one of: open, allowlist, offline"},
      {"network: {mode: [offline]}\n", "policies/x.yaml:1:17: expected one word, found a list"},
      {"network: {mode: open}\nnetwork: {mode: offline}\n",
       "policies/x.yaml:2:1: duplicate key \"network\" | it stands in line 1 already"},
      {"workspace:\n  mode: Live\n",
       "policies/x.yaml:2:9: unknown workspace mode \"Live\" | it is one of: live, overlay, copy, readonly, none"},
      {"credentials: {mode: direkt}\n",
       "policies/x.yaml:1:21: unknown credential mode \"direkt\" | it is one of: brokered, direct, none"},
      {"credentials: {max_cost: 5}\n",
       "policies/x.yaml:1:15: unknown key \"max_cost\" | did you mean \"max-cost\"? known keys here: git, max-cost, "
       "max-requests, max-tokens, mode"},
      {"credentials: {max-cost: $5}\n",
       "policies/x.yaml:1:25: \"$5\" is not an amount of dollars | write it like 5 or 2.50: at most 1000000, with at most "
       "six decimals"},
      {"credentials: {max-tokens: 0}\n",
       "policies/x.yaml:1:27: \"0\" is not a count | write it like 500000, 500k or 2M: 1 to 1000000M"},
      // A limit that nobody enforces is worse than none.
      {"credentials: {mode: direct, max-requests: 5}\n",
       "policies/x.yaml:1:14: limits need the broker | say mode: brokered, or leave max-tokens, max-cost and max-requests "
       "out"},
      {"on-exit: delete\n",
       "policies/x.yaml:1:10: unknown action at exit \"delete\" | it is one of: destroy, snapshot, keep, ask"},
      {"on-exit:\n", "policies/x.yaml:1:1: expected one word, found nothing"},
      {"workspace: {mode: live, hot-directories: [a, ../b]}\n",
       "policies/x.yaml:1:46: \"../b\" cannot be a hot directory: it is no plain path below the project | it is none, or auto and "
       "paths below the project: node_modules, web/dist"},
      {"workspace: {mode: live, hot-state: kept}\n",
       "policies/x.yaml:1:36: unknown state of hot directories \"kept\" | it is one of: fresh, keep"},
      {"resources: {cpus: 0}\n", "policies/x.yaml:1:19: 0 is not between 1 and 64"},
      {"resources: {cpus: 65}\n", "policies/x.yaml:1:19: 65 is not between 1 and 64"},
      {"resources: {memory: 255M}\n", "policies/x.yaml:1:21: 255 MiB is not between 256 MiB and 1 TiB"},
      {"resources: {disk: 1023M}\n", "policies/x.yaml:1:19: 1023 MiB is not between 1 GiB and 4 TiB"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == bad.message);
  }
}

TEST_CASE("sizes and durations without a unit are refused at their place") {
  CHECK(error_of("resources: {memory: 2048}\n").starts_with("policies/x.yaml:1:21: "));
  CHECK(error_of("resources: {timeout: 60}\n").starts_with("policies/x.yaml:1:22: "));
  CHECK(error_of("resources: {timeout: 0s}\n").starts_with("policies/x.yaml:1:22: "));
  CHECK(error_of("resources: {timeout: 31d}\n").starts_with("policies/x.yaml:1:22: "));
}

TEST_CASE("a policy limits what a session may use up") {
  const Policy policy = parse_policy("credentials: {max-tokens: 2M, max-cost: 2.50, max-requests: 500}\n", "policies/x.yaml");
  CHECK(policy.caps == UsageCaps{.tokens = 2'000'000, .cost = Money::parse("2.5"), .requests = 500});
  CHECK(parse_policy("credentials: {mode: direct}\n", "x.yaml").credentials == CredentialMode::direct);
  CHECK(parse_count("500k") == 500'000);
  CHECK(parse_count("1000000M") == 1'000'000'000'000);
  for (const char* text : {"", "k", "-1", "01", "1.5M", "1000001M", "9999999999999M", "1G", "1 k"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_count(text), Error);
  }
}

TEST_CASE("words and modes translate both ways") {
  for (const auto mode : {NetworkMode::open, NetworkMode::allowlist, NetworkMode::offline})
    CHECK(parse_network_mode(to_string(mode)) == mode);
  for (const auto mode : {WorkspaceMode::live, WorkspaceMode::overlay, WorkspaceMode::copy, WorkspaceMode::readonly, WorkspaceMode::none})
    CHECK(parse_workspace_mode(to_string(mode)) == mode);
  for (const auto mode : {CredentialMode::brokered, CredentialMode::direct, CredentialMode::none})
    CHECK(parse_credential_mode(to_string(mode)) == mode);
  for (const auto mode : {OnExit::destroy, OnExit::snapshot, OnExit::keep, OnExit::ask})
    CHECK(parse_on_exit(to_string(mode)) == mode);
}

TEST_CASE("a wrong word on the command line is an error of usage that names the right ones") {
  try {
    static_cast<void>(parse_network_mode("off\x1b[2J"));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()) == "unknown network mode \"off\\x1b[2J\"");
    CHECK(error.hint() == "it is one of: open, allowlist, offline");
  }
}

}  // namespace agentbox::policy_test
