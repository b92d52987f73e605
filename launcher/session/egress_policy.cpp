// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/egress_policy.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"
#include "egress/check_url.hpp"
#include "session/session_network.hpp"
#include "store/session_store.hpp"

namespace agentbox {
namespace {

constexpr std::chrono::seconds answer_limit{10};

std::optional<std::string> host_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ExpandedEgress expand_for_host(const Policy& policy, const Application& application) {
  PackageUrls urls;
  if (!policy.access.groups.empty()) {
    urls = read_package_urls({.home = host_variable("HOME").value_or("/"),
                              .environment = host_variable,
                              .debian_mirror = application.user_config.debian_mirror});
  }
  return expand_egress(
      policy, [&](const std::string& name) { return application.catalog.egress_group(name); }, urls);
}

Verdict check_policy(const std::string& policy, const std::string& url, const Application& application) {
  const EgressRules rules = expand_for_host(application.catalog.policy(policy), application).rules;
  const auto request = request_for_url(url);
  if (!request) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(url, 200) + "\" is no URL and no host",
                "Write https://HOST/PATH, HOST or HOST:PORT.");
  }
  return decide(rules, *request);
}

void add_rules(const std::string& name, RuleKind kind, const std::vector<std::string>& rules,
               const Application& application) {
  const ListedSession session = SessionStore(application.directories.state / "sessions").find(name);
  for (const auto& rule : rules) {
    static_cast<void>(parse_egress_rule(rule));  // all of them are checked before the first is added
  }
  if (!session.live) {
    throw Error(ErrorKind::usage, "session " + session.record.id + " does not run", "agentbox ls shows which sessions run");
  }
  for (const auto& rule : rules) {
    command_gateway(gateway_socket(session.directory),
                    {{"command", kind == RuleKind::allow ? "allow" : "deny"}, {"rule", rule}}, Clock::now() + answer_limit);
  }
}

}  // namespace agentbox
