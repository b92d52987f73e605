// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "config/loaders.hpp"
#include "config/project_file.hpp"
#include "config/tighten.hpp"
#include "core/error.hpp"
#include "egress/covers.hpp"
#include "egress/decide.hpp"
#include "support/catch.hpp"

namespace agentbox::project_file_test {

namespace {

Policy policy(const std::string& text) { return parse_policy(text, "policies/mine.yaml"); }
ProjectFile file(const std::string& text) { return parse_project_file(text, "/p/.agentbox.yaml"); }

Policy both(const std::string& policy_text, const std::string& file_text) { return tighten(policy(policy_text), file(file_text)); }

/// "LINE:COLUMN message (hint)".
std::string refusal(const std::string& policy_text, const std::string& file_text) {
  try {
    both(policy_text, file_text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::config);
    const std::string text = error.what();
    REQUIRE(text.starts_with("/p/.agentbox.yaml:"));
    return text.substr(18) + " (" + error.hint() + ")";
  }
  return "";
}

}  // namespace

TEST_CASE("a project's file tightens what the policy allows") {
  const std::string open = "network: {mode: open}\n";
  CHECK(both(open, "# nothing\n").network == NetworkMode::open);
  CHECK(both(open, "network: {mode: offline}").network == NetworkMode::offline);
  const Policy listed = both(open, "network: {mode: allowlist, allow: [example.org], groups: [npm], deny: [bad.example.org]}");
  CHECK(listed.network == NetworkMode::allowlist);
  CHECK(listed.access.allow == std::vector{parse_egress_rule("example.org")});
  CHECK(listed.access.groups == std::vector<std::string>{"npm"});
  CHECK(listed.access.deny == std::vector{parse_egress_rule("bad.example.org")});
  CHECK(both("network: {mode: open, allow: [x.example.org], groups: [npm]}", "network: {mode: allowlist}").access == NetworkAccess{});

  const std::string list = "network: {mode: allowlist, allow: ['*.example.org', 'git.example.com:22,443'], groups: [npm, go], deny: [a.example.org], ask: true}";
  const Policy part = both(list, "network: {allow: [x.example.org], groups: [go], deny: [b.example.org], ask: false}");
  CHECK(part.access.allow == std::vector{parse_egress_rule("x.example.org")});
  CHECK(part.access.groups == std::vector<std::string>{"go"});
  CHECK(part.access.deny.size() == 2);
  CHECK_FALSE(part.access.ask);
  CHECK(both(list, "network: {mode: offline}").access.ask == false);

  const Policy small = both("resources: {cpus: 4, memory: 8G, timeout: 1h}", "resources: {cpus: 2, memory: 4G, disk: 10G, timeout: 10m}");
  CHECK(small.resources.cpus == 2);
  CHECK(small.resources.memory == ByteSize::gibibytes(4));
  CHECK(small.resources.disk == ByteSize::gibibytes(10));
  CHECK(small.resources.timeout == std::chrono::minutes(10));
  CHECK(both("workspace: {mode: live}", "workspace: {mode: overlay}").workspace == WorkspaceMode::overlay);
  CHECK(both("workspace: {mode: overlay}", "workspace: {mode: copy, copy-ignored: false}").copy_ignored == Policy::CopyIgnored::no);
  CHECK(both("history: keep", "history: none").history == HistoryMode::none);

  const Policy capped = both("credentials: {mode: direct}", "credentials: {mode: brokered, max-tokens: 5k, max-cost: 2, max-requests: 10}");
  CHECK(capped.credentials == CredentialMode::brokered);
  CHECK(capped.caps.tokens == 5000U);
  const Policy keyless = both("credentials: {max-tokens: 5k, git: [{host: github.com, fetch: [a/b]}]}", "credentials: {mode: none}");
  CHECK(keyless.caps == UsageCaps{});
  CHECK(keyless.git.empty());
}

TEST_CASE("a project's file guards and hides more, and gives its terminal less") {
  const std::string list = "workspace: {mode: live, guarded: [a], hidden: [b, '!c'], hot-state: keep}\nterminal: {clipboard: write, notifications: full}";
  const Policy more = both(list, "workspace: {guarded: [Makefile, /ci/], hidden: ['*.csv', c], hot-state: fresh}\n"
                                 "terminal: {titles: false, hyperlinks: false, clipboard: none, notifications: none, paste-images: false}");
  CHECK(more.guarded == std::vector<std::string>{"a", "Makefile", "/ci/"});
  CHECK(more.hidden == std::vector<std::string>{"b", "!c", "*.csv", "c"});
  CHECK(more.hot_state == HotState::fresh);
  CHECK(more.terminal == TerminalRules{.titles = TerminalRules::Titles::drop,
                                       .hyperlinks = TerminalRules::Hyperlinks::drop,
                                       .clipboard = TerminalRules::Clipboard::none,
                                       .notifications = TerminalRules::Notifications::none,
                                       .pasted_images = TerminalRules::PastedImages::keep_out});
  CHECK(both(list, "terminal: {titles: true}").terminal == policy(list).terminal);
  CHECK(describe(file("workspace: {guarded: [a, b], hidden: [c], hot-state: fresh}\nterminal: {titles: false, notifications: bell}")) ==
        std::vector<std::pair<std::string, std::string>>{{"workspace.guarded", "a, b"}, {"workspace.hidden", "c"}, {"workspace.hot-state", "fresh"},
                                                         {"terminal.titles", "false"}, {"terminal.notifications", "bell"}});
}

TEST_CASE("a project's file takes nothing back that is guarded or hidden") {
  CHECK(refusal("workspace: {mode: live}", "workspace:\n  hidden: [a, '!.env']\n").starts_with("2:15: \"!\" would take back"));
  CHECK(refusal("workspace: {mode: live}", "workspace:\n  guarded:\n    - '!Makefile'\n").starts_with("3:7: \"!\" would take back"));
  CHECK(refusal("workspace: {mode: live}", "workspace: {hidden: [a/../b]}").starts_with("1:22: "));
  std::string many = "workspace:\n  hidden:\n";
  for (int i = 0; i < 2001; ++i) many += "    - f" + std::to_string(i) + "\n";
  CHECK(refusal("workspace: {mode: live}", many).find("too many patterns") != std::string::npos);
}

TEST_CASE("what would loosen is an error that names the place, the policy's word, and the way out") {
  const std::string text = refusal("network: {mode: offline}", "\nnetwork:\n  mode: open\n");
  CHECK(text.starts_with("3:9: \"mode: open\" is more than the policy \"mine\" allows (offline)"));
  CHECK(text.find("--policy NAME") != std::string::npos);
  for (const auto& [policy_text, file_text] : std::vector<std::pair<std::string, std::string>>{
           {"network: {mode: allowlist}", "network: {mode: open}"},
           {"network: {mode: allowlist, allow: [example.org]}", "network: {allow: [example.com]}"},
           {"network: {mode: allowlist, allow: [example.org]}", "network: {allow: ['*.example.org']}"},
           {"network: {mode: allowlist, allow: [example.org]}", "network: {allow: ['example.org:22']}"},
           {"network: {mode: allowlist, allow: [{host: example.org, methods: [GET]}]}", "network: {allow: [example.org]}"},
           {"network: {mode: allowlist, allow: [{host: example.org, paths: [/a]}]}", "network: {allow: [{host: example.org, paths: [/ab]}]}"},
           {"network: {mode: allowlist, groups: [npm]}", "network: {groups: [go]}"},
           {"network: {mode: allowlist}", "network: {ask: true}"},
           {"network: {mode: open}", "network: {lan: ['192.168.1.5:80']}"},
           {"network: {mode: open}", "network: {ports: [3000]}"},
           {"workspace: {mode: overlay}", "workspace: {mode: live}"},
           {"workspace: {mode: readonly}", "workspace: {mode: overlay}"},
           {"workspace: {mode: none}", "workspace: {mode: readonly}"},
           {"workspace: {mode: copy, copy-ignored: false}", "workspace: {mode: overlay}"},
           {"workspace: {mode: copy, copy-ignored: false}", "workspace: {mode: readonly}"},
           {"workspace: {mode: copy, copy-ignored: false}", "workspace: {copy-ignored: true}"},
           {"credentials: {mode: none}", "credentials: {mode: brokered}"},
           {"credentials: {mode: brokered}", "credentials: {mode: direct}"},
           {"credentials: {max-tokens: 5k}", "credentials: {max-tokens: 6k}"},
           {"credentials: {max-cost: 5}", "credentials: {max-cost: 6}"},
           {"credentials: {max-requests: 5}", "credentials: {max-requests: 6}"},
           {"resources: {cpus: 2}", "resources: {cpus: 3}"},
           {"resources: {memory: 2G}", "resources: {memory: 3G}"},
           {"resources: {disk: 20G}", "resources: {disk: 21G}"},
           {"resources: {timeout: 1h}", "resources: {timeout: 2h}"},
           {"workspace: {mode: live, hot-state: fresh}", "workspace: {hot-state: keep}"},
           {"terminal: {titles: false}", "terminal: {titles: true}"},
           {"terminal: {hyperlinks: false}", "terminal: {hyperlinks: true}"},
           {"terminal: {clipboard: none}", "terminal: {clipboard: write}"},
           {"terminal: {notifications: bell}", "terminal: {notifications: full}"},
           {"terminal: {paste-images: false}", "terminal: {paste-images: true}"},
           {"terminal: {notifications: none}", "terminal: {notifications: bell}"},
           {"settings: none", "settings: import"},
           {"history: none", "history: keep"}}) {
    INFO(policy_text << " | " << file_text);
    CHECK(refusal(policy_text, file_text).find("is more than the policy \"mine\" allows") != std::string::npos);
  }
}

TEST_CASE("what would have no effect is an error, too") {
  CHECK(refusal("network: {mode: open}", "network: {allow: [example.org]}").find("no meaning") != std::string::npos);
  CHECK(refusal("network: {mode: open}", "network: {groups: [npm]}").find("no meaning") != std::string::npos);
  CHECK(refusal("credentials: {mode: direct}", "credentials: {max-tokens: 5k}").find("need the broker") != std::string::npos);
}

TEST_CASE("the file is data with known keys, and no more") {
  for (const auto* text : {"netwrok: {mode: offline}", "on-exit: keep", "credentials: {git: []}", "network: {proxy-variables: true}", "network: offline",
                           "run: make", "resources: {cpus: 0}", "a: &a b", "network: {mode: opne}", "- x"}) {
    INFO(text);
    CHECK_THROWS_AS(file(text), Error);
  }
}

TEST_CASE("whatever both say: the result allows nothing that the policy does not") {
  std::mt19937 random(3);
  const auto one_of = [&](const std::vector<std::string>& words) { return words[random() % words.size()]; };
  const std::vector<std::string> rules{"example.org", "'*.example.org'", "a.example.org", "'a.example.org:22'", "{host: example.org, methods: [GET]}",
                                       "{host: example.org, paths: [/a]}", "{host: example.org, methods: [GET], paths: [/a/b]}", "example.com"};
  const auto network = [&](const std::string& ask) {
    const std::string mode = one_of({"open", "allowlist", "offline"});
    return "network: {mode: " + mode + ", allow: [" + one_of(rules) + "], deny: [" + one_of(rules) + "]" + (mode == "allowlist" ? ask : "") + "}\n";
  };
  const auto section = [&](bool whole) {
    std::string text = network(", ask: " + one_of({"true", "false"}));
    text += "workspace: {mode: " + one_of({"live", "overlay", "copy", "readonly", "none"}) + ", copy-ignored: " + one_of({"true", "false"}) + "}\n";
    text += "history: " + one_of({"keep", "none"}) + "\n";
    text += "resources: {cpus: " + one_of({"1", "2", "3"}) + (whole || random() % 2 == 0 ? ", timeout: " + one_of({"1h", "2h"}) : "") + "}\n";
    text += "credentials: {mode: brokered" + (random() % 2 == 0 ? ", max-tokens: " + one_of({"1k", "2k"}) : "") + "}\n";
    return text;
  };
  std::vector<EgressRequest> requests;
  for (const auto* host : {"example.org", "a.example.org", "b.a.example.org", "example.com", "else.example.net"}) {
    for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{80}, std::uint16_t{443}}) {
      requests.push_back({.kind = EgressKind::stream, .name = HostName::parse(host), .port = port});
      for (const auto* path : {"/", "/a", "/ab", "/a/b"}) {
        requests.push_back({.kind = EgressKind::http, .name = HostName::parse(host), .port = port, .method = random() % 2 == 0 ? "GET" : "POST", .path = path});
      }
    }
  }
  int tightened = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string policy_text = section(true);
    const std::string file_text = section(false);
    const Policy before = policy(policy_text);
    Policy after;
    try {
      after = tighten(before, file(file_text));
    } catch (const Error&) {
      continue;
    }
    ++tightened;
    INFO(policy_text << "---\n" << file_text);
    const auto rules_of = [](const Policy& one) {
      return EgressRules{.mode = one.network, .allow = one.access.allow, .deny = one.access.deny, .lan = one.access.lan};
    };
    for (const auto& request : requests) {
      CHECK((!decide(rules_of(after), request).allowed() || decide(rules_of(before), request).allowed()));
    }
    CHECK((!after.access.ask || before.access.ask));
    CHECK(after.resources.cpus <= before.resources.cpus);
    CHECK((before.resources.timeout ? after.resources.timeout && *after.resources.timeout <= *before.resources.timeout : true));
    CHECK((before.caps.tokens ? after.caps.tokens && *after.caps.tokens <= *before.caps.tokens : true));
    CHECK((after.history == HistoryMode::none || before.history == HistoryMode::keep));
    CHECK((after.workspace != WorkspaceMode::live || before.workspace == WorkspaceMode::live));
    CHECK((before.workspace != WorkspaceMode::none || after.workspace == WorkspaceMode::none));
    CHECK((before.workspace != WorkspaceMode::readonly || !is_reviewed(after.workspace)));
  }
  CHECK(tightened > 50);
}

TEST_CASE("a rule covers another one when it allows all of it") {
  const auto rule = [](const std::string& text) { return parse_egress_rule(text); };
  CHECK(covers(rule("*.example.org"), rule("a.example.org")));
  CHECK(covers(rule("*.example.org"), rule("*.a.example.org")));
  CHECK(covers(rule("*.example.org"), rule("*.example.org")));
  CHECK_FALSE(covers(rule("*.example.org"), rule("example.org")));
  CHECK_FALSE(covers(rule("a.example.org"), rule("*.a.example.org")));
  CHECK_FALSE(covers(rule("*.a.example.org"), rule("*.example.org")));
  CHECK_FALSE(covers(rule("example.org"), rule("badexample.org")));
  CHECK(covers(rule("example.org"), rule("example.org:443")));
  CHECK_FALSE(covers(rule("example.org:443"), rule("example.org")));
}

}  // namespace agentbox::project_file_test
