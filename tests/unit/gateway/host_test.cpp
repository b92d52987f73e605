// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "gateway/host/gateway_plan.hpp"
#include "gateway/host/gateway_process.hpp"
#include "egress/rules_json.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace agentbox::host_test {

namespace {

EgressRules some_rules() {
  EgressRules rules{.mode = NetworkMode::allowlist};
  rules.allow = {parse_egress_rule("*.a.org:22,443"), parse_egress_rule("b.org")};
  rules.allow[1].methods = {"GET"};
  rules.allow[1].paths = {"/v1"};
  rules.allow[1].origin = "npm";
  rules.deny = {parse_egress_rule("c.a.org")};
  rules.lan = {parse_lan_rule("192.168.1.5:80"), parse_lan_rule("[fd00::1]:443")};
  return rules;
}

bool holds(const std::vector<std::string>& argv, const std::vector<std::string>& part) {
  return !std::ranges::search(argv, part).empty();
}

}  // namespace

TEST_CASE("rules survive their way into the gateway") {
  CHECK(egress_rules_from_json(to_json(some_rules())) == some_rules());
  CHECK(egress_rules_from_json(to_json(EgressRules{})) == EgressRules{});
}

TEST_CASE("wrong rules are an error, whatever is wrong with them") {
  using Json = nlohmann::json;
  const Json good = to_json(some_rules());
  const auto with = [&](const char* pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    return changed;
  };
  const Json bad[] = {Json(),
                      Json::array(),
                      Json("open"),
                      with("/mode", "Open"),
                      with("/mode", 1),
                      with("/alow", Json::array()),
                      with("/allow", "a.org"),
                      with("/allow/0", "a.org"),
                      with("/allow/0/host", "*"),
                      with("/allow/0/host", 7),
                      with("/allow/0/ports/0", 0),
                      with("/allow/0/ports/0", 65536),
                      with("/allow/0/ports/0", -1),
                      with("/allow/0/ports/0", "80"),
                      with("/allow/0/methods/0", "get"),
                      with("/allow/0/paths/0", "x"),
                      with("/allow/0/port", 80),
                      with("/lan/0", "169.254.169.254:80"),
                      with("/lan/0", 1)};
  for (const Json& json : bad) {
    INFO(json.dump());
    CHECK_THROWS_AS(egress_rules_from_json(json), Error);
  }
}

TEST_CASE("a plan survives its way into the gateway, secrets and all") {
  GatewayPlan plan{.session = "s1", .policy = "p", .rules = some_rules()};
  plan.proxy = UpstreamProxy{"proxy.example", 8080, "Basic x", {"a.org"}};
  plan.broker = {{"key", "secret"}};
  plan.limits.names = 7;
  plan.limits.total = std::chrono::milliseconds(1500);
  const GatewayPlan back = gateway_plan_from_json(to_json(plan));
  CHECK(to_json(back) == to_json(plan));
  CHECK(back.proxy == plan.proxy);
  CHECK(back.broker == plan.broker);
  CHECK(back.limits.names == 7);
  CHECK(back.limits.total == std::chrono::milliseconds(1500));
  try {  // an error about a plan must not quote it
    static_cast<void>(gateway_plan_from_json({{"session", "s"}, {"broker", "secret"}}));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
  }
}

TEST_CASE("the host's proxy, as variables name it") {
  CHECK_FALSE(upstream_proxy("", "x").has_value());
  CHECK(upstream_proxy("http://p.example:3128/", " a.org, .b.org,") ==
        UpstreamProxy{"p.example", 3128, "", {"a.org", ".b.org"}});
  CHECK(upstream_proxy("p.example:1", "") == UpstreamProxy{"p.example", 1, "", {}});
  CHECK(upstream_proxy("http://user:p%40ss@10.0.0.1:8", "") == UpstreamProxy{"10.0.0.1", 8, "Basic dXNlcjpwQHNz", {}});
  for (const char* url : {"https://p.example:1", "socks5://p.example:1", "http://", "http://u:secret@:8",
                          "http://p.example:0", "http://a b"}) {
    INFO(url);
    try {
      static_cast<void>(upstream_proxy(url, ""));
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("names that are reached without the proxy") {
  const UpstreamProxy proxy{"p", 1, "", {"a.org", ".b.org"}};
  CHECK(goes_direct(proxy, "a.org"));
  CHECK(goes_direct(proxy, "x.a.org"));
  CHECK(goes_direct(proxy, "x.b.org"));
  CHECK_FALSE(goes_direct(proxy, "xa.org"));
  CHECK_FALSE(goes_direct(proxy, "c.org"));
  CHECK(goes_direct({"p", 1, "", {"*"}}, "c.org"));
}

TEST_CASE("the gateway's room has the network's files and nothing of the user's") {
  const HostLayout host{"/usr/bin/bwrap", {{"/bin", "usr/bin"}}, {"/etc/ld.so.cache"}};
  const auto argv = gateway_arguments(
      {.program = "/opt/agentbox-gateway", .etc = "/nowhere", .certificates = "/x/ca.pem"}, host, 12, 3);
  CHECK(argv.front() == "/usr/bin/bwrap");
  CHECK(holds(argv, {"--info-fd", "12"}));
  for (const char* option : {"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent",
                             "--clearenv", "--new-session"}) {
    INFO(option);
    CHECK(holds(argv, {option}));
  }
  CHECK(holds(argv, {"--cap-drop", "ALL"}));
  CHECK(holds(argv, {"--ro-bind", "/x/ca.pem", "/certificates.pem"}));
  CHECK_FALSE(holds(argv, {"--bind"}));
  const std::vector<std::string> end{"--remount-ro", "/", "--chdir", "/", "--", "/agentbox-gateway", "3"};
  CHECK(std::equal(end.rbegin(), end.rend(), argv.rbegin()));
}

TEST_CASE("a summary from the process is read with mistrust") {
  const EgressSummary empty = egress_summary_from_json(nlohmann::json::object());
  CHECK(empty.allowed == 0);
  CHECK(empty.refusals.empty());
  const EgressSummary summary = egress_summary_from_json(
      {{"refused", 3}, {"refusals", {{{"to", "evil.org:443"}, {"rule", "no rule"}, {"count", 3}}}}});
  CHECK(summary.refused == 3);
  CHECK(summary.refusals.at(0).to == "evil.org:443");
}

// The gateway parses what the guest sends, so it may have been taken over. An answer of other types came out as the JSON
// library's exception, which nobody catches where the session ends.
TEST_CASE("a summary of other types is an error, and not the JSON library's") {
  for (const char* text : {"null", "[]", "7", R"({"refused":"many"})", R"({"refusals":{"a":1}})", R"({"refusals":[7]})",
                           R"({"refusals":[{"to":7}]})"}) {
    INFO(text);
    CHECK_THROWS_AS(egress_summary_from_json(nlohmann::json::parse(text)), Error);
  }
}

}  // namespace agentbox::host_test
