// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/egress.hpp"
#include "config/loaders.hpp"
#include "egress/check_url.hpp"
#include "support/config_error.hpp"

namespace agentbox::network_test {

using namespace agentbox::test;

namespace {

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_policy(text, "p.yaml"); });
}
Policy policy_with(const std::string& network) { return parse_policy("network: " + network + "\n", "policies/p.yaml"); }

EgressGroup find_group(const std::string& name) {
  if (name == "npm") return parse_egress_group("computed: npm\n", "groups/npm.yaml");
  return parse_egress_group("allow: [a.example.org, \"*.b.example.org:22\"]\n", "groups/" + name + ".yaml");
}

std::vector<std::string> texts(const std::vector<EgressRule>& rules) {
  std::vector<std::string> result;
  for (const EgressRule& rule : rules) result.push_back(rule.text());
  return result;
}

}  // namespace

TEST_CASE("a network section is what it says") {
  const NetworkAccess access =
      policy_with(
          "{mode: allowlist, allow: [a.org, 'B.org:22', {host: '*.c.org', ports: [80], methods: [GET], paths: [/v1]}], "
          "deny: [d.org], "
          "groups: [npm], lan: ['192.168.1.5:80', '[fd00::1]:443'], ports: ['3000', '8080:80']}")
          .access;
  CHECK(texts(access.allow) == std::vector<std::string>{"a.org", "b.org:22", "*.c.org:80 GET /v1"});
  CHECK(texts(access.deny) == std::vector<std::string>{"d.org"});
  CHECK(access.lan.size() == 2);
  CHECK(access.lan[1].text() == "[fd00::1]:443");
  CHECK(access.ports == std::vector<PublishedPort>{{3000, 3000}, {8080, 80}});
  CHECK(policy_with("{mode: allowlist}").access == NetworkAccess{});
  CHECK(policy_with("{mode: allowlist, ask: true}").access == NetworkAccess{.ask = true});
  CHECK(policy_with("{mode: open, ask: false, proxy-variables: true}").access == NetworkAccess{.proxy_variables = true});
}

TEST_CASE("wrong network rules are refused with their place") {
  const BadText cases[] = {
      {"network: {mode: open, deny: ['*.com']}\n",
       "p.yaml:1:30: \"*.com\" is too wide for a rule | anybody can register names there; name the organisation's own"},
      {"network:\n  mode: allowlist\n  allow:\n    - a.org\n    - b.org:0\n",
       "p.yaml:5:7: \"0\" is not a port | ports are numbers from 1 to 65535"},
      {"network: {mode: open, ask: true}\n",
       "p.yaml:1:28: there is nothing to be asked in this mode | say mode: allowlist, or leave ask out"},
      {"network: {mode: allowlist, ask: yes}\n", "p.yaml:1:33: expected true or false, found a boolean | write true or false, in lower case and without quotes"},
      {"network: {mode: allowlist, allow: [a.org, A.org]}\n", "p.yaml:1:43: this stands here twice"},
      {"network: {mode: allowlist, allow: a.org}\n",
       "p.yaml:1:35: expected a list, found text | write each item as \"- item\" on a line of its own, or [a, b]"},
      {"network: {mode: allowlist, allow: [{host: a.org, port: 1}]}\n",
       "p.yaml:1:50: unknown key \"port\" | did you mean \"ports\"? known keys here: host, methods, paths, ports"},
      {"network: {mode: allowlist, allow: [{host: a.org, methods: [get]}]}\n",
       "p.yaml:1:60: \"get\" is not an HTTP method | such as GET or POST, in upper case"},
      {"network: {mode: allowlist, allow: [{ports: [1]}]}\n", "p.yaml:1:36: the key \"host\" is missing"},
      {"network: {mode: allowlist, allow: [{host: 'a.org:1'}]}\n",
       "p.yaml:1:43: \"a.org:1\" is not the name of a host | write host or *.host, in ASCII (an international name by "
       "its xn-- form); an "
       "address and its port belong under \"lan\""},
      {"network: {mode: open, lan: ['169.254.169.254:80']}\n",
       "p.yaml:1:29: \"169.254.169.254:80\" is a cloud metadata address, which no policy opens"},
      {"network: {mode: open, lan: ['192.168.1.0/24:80']}\n",
       "p.yaml:1:29: \"192.168.1.0/24:80\" is not a single address with its port | write 192.168.1.5:5432 or "
       "[fd00::1]:443; names belong under "
       "\"allow\""},
      {"network: {mode: open, ports: ['70000']}\n",
       "p.yaml:1:31: \"70000\" is not a port to publish | write 3000, or 8080:80 for the guest's port 80 as 8080 on "
       "the host"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == bad.message);
  }
  CHECK(config_error([] { return parse_egress_group("description: d\n", "g.yaml"); }) ==
        "g.yaml:1:1: the group names no hosts | write \"allow\", \"computed\" or both");
  CHECK(config_error([] { return parse_egress_group("computed: maven\n", "g.yaml"); }) ==
        "g.yaml:1:11: unknown source of packages \"maven\" | it is one of: npm, pypi, debian, crates, go");
}

TEST_CASE("groups become rules that name their group") {
  const Policy policy = policy_with(
      "{mode: allowlist, allow: [own.example.org], groups: [some, npm], deny: [d.org], lan: ['10.0.0.1:80']}");
  const ExpandedEgress egress =
      expand_egress(policy, find_group,
                    {{PackageSource::npm,
                      {"https://mirror.example.net:8443/npm/", "http://second.example.net/", "https://10.0.0.9/x"}}});
  CHECK(texts(egress.rules.allow) ==
        std::vector<std::string>{"own.example.org", "a.example.org (group some)", "*.b.example.org:22 (group some)",
                                 "mirror.example.net:8443 (group npm)", "second.example.net:80 (group npm)"});
  CHECK(texts(egress.rules.deny) == std::vector<std::string>{"d.org"});
  CHECK(egress.rules.mode == NetworkMode::allowlist);
  CHECK(egress.rules.lan.size() == 1);
  CHECK(egress.notes ==
        std::vector<std::string>{
            "group npm: \"https://10.0.0.9/x\" names no host that a rule can name; see \"lan\" for addresses"});
}

TEST_CASE("a computed group without any configuration allows nothing, and says so") {
  const ExpandedEgress egress = expand_egress(policy_with("{mode: allowlist, groups: [npm]}"), find_group, {});
  CHECK(egress.rules.allow.empty());
  CHECK(egress.notes ==
        std::vector<std::string>{"group npm: nothing is configured on this host for npm, so it allows nothing more"});
}

TEST_CASE("an unknown group is an error, not an empty one") {
  const auto unknown = [](const std::string&) -> EgressGroup { throw Error(ErrorKind::usage, "unknown group"); };
  CHECK_THROWS_AS(expand_egress(policy_with("{mode: allowlist, groups: [nmp]}"), unknown, {}), Error);
}

TEST_CASE("what package managers are configured to use") {
  using Urls = std::vector<std::string>;
  CHECK(urls_in_npmrc(
            "# registry=https://no.example\nregistry = https://r.example/npm/\n@corp:registry=\"https://c.example/\"\n"
            "//r.example/:_authToken=secret\nregistry=https://r.example/npm/\n") ==
        Urls{"https://r.example/npm/", "https://c.example/"});
  CHECK(urls_in_pip_conf("[global]\nindex-url = https://a.example/simple\nextra-index-url =\n    "
                         "https://b.example/simple\n    https://c.example/simple\n"
                         "trusted-host = d.example\n") ==
        Urls{"https://a.example/simple", "https://b.example/simple", "https://c.example/simple"});
  CHECK(urls_in_cargo_config("[source.mirror]\nregistry = "
                             "\"sparse+https://a.example/index/\"\n[registries.corp]\nindex = 'https://b.example/git'\n"
                             "[net]\noffline = false\n") == Urls{"https://a.example/index/", "https://b.example/git"});
  CHECK(urls_in_apt_sources(
            "# deb http://no.example x main\ndeb [signed-by=/k] http://a.example/debian trixie main\nTypes: deb\n"
            "URIs: https://b.example/debian https://c.example/\nSuites: trixie\n") ==
        Urls{"http://a.example/debian", "https://b.example/debian", "https://c.example/"});
  CHECK(urls_in_goproxy("https://a.example,https://b.example|direct,off") ==
        Urls{"https://a.example", "https://b.example"});
}

TEST_CASE("a URL as a request") {
  const auto text = [](std::string_view url) {
    const auto request = request_for_url(url);
    if (!request) return std::string("none");
    const std::string host = request->name ? request->name->text() : request->address->to_string();
    return host + ":" + std::to_string(request->port) +
           (request->method.empty() ? "" : " " + request->method + " " + request->path);
  };
  CHECK(text("https://Example.org/x?y") == "example.org:443");
  CHECK(text("http://example.org/x?y=1#z") == "example.org:80 GET /x?y=1");
  CHECK(text("http://example.org") == "example.org:80 GET /");
  CHECK(text("http://example.org?a") == "example.org:80 GET /?a");
  CHECK(text("ssh://git@example.org/x.git") == "example.org:22");
  CHECK(text("example.org") == "example.org:443");
  CHECK(text("example.org:5432") == "example.org:5432");
  CHECK(text("http://[::1]:80/") == "::1:80 GET /");
  for (const char* url :
       {"", "http://", "https://exa mple.org", "gopher://example.org", "https://example.org:0/", "http://a_:b@/"}) {
    INFO(url);
    CHECK(text(url) == "none");
  }
}

}  // namespace agentbox::network_test
