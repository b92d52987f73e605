// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/egress_policy.hpp"

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"
#include "egress/check_url.hpp"
#include "egress/target.hpp"
#include "session/network_questions.hpp"
#include "session/session_network.hpp"
#include "store/session_store.hpp"
#include "sys/environment.hpp"

namespace agentbox {
namespace {

constexpr std::chrono::seconds answer_limit{10};

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

PolicyAnswer check_policy(const std::string& name, const std::string& url, const Application& application) {
  const Policy policy = application.catalog.policy(name);
  const EgressRules rules = expand_for_host(policy, application).rules;
  const auto request = request_for_url(url);
  if (!request) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(url, 200) + "\" is no URL and no host",
                "Write https://HOST/PATH, HOST or HOST:PORT.");
  }
  return {decide(rules, *request), policy.access.ask && may_be_asked(rules, *request)};
}

void forget_answers(const std::filesystem::path& project, const std::vector<std::string>& hosts,
                    const Application& application) {
  std::vector<std::string> known;
  for (const auto& text : hosts) {
    const auto target = parse_target(text, 443);
    if (!target || !target->name) {
      throw Error(ErrorKind::usage, "\"" + escape_untrusted(text, 200) + "\" is not a host", "Write HOST or HOST:PORT.");
    }
    known.push_back(target->text());
  }
  const std::string path = std::filesystem::weakly_canonical(std::filesystem::absolute(project)).string();
  if (network_answers_of(application).forget(path, known) == 0) {
    throw Error(ErrorKind::usage, "nothing of the kind is always allowed for " + escape_untrusted(path, 300),
                "agentbox policy answers shows what is");
  }
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
