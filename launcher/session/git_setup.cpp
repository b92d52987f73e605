// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/git_setup.hpp"

#include "core/base64.hpp"
#include "session/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

/// What the repositories begin with, none of them covered by another one.
std::vector<std::string> prefixes_of(const GitAccess& access) {
  std::vector<std::string> all;
  for (const GitRepositoryPattern& pattern : access.fetch) all.emplace_back(pattern.prefix());
  for (const GitPushRule& rule : access.push) all.emplace_back(rule.repository.prefix());
  std::sort(all.begin(), all.end());  // a prefix comes right before what it covers
  std::vector<std::string> prefixes;
  for (std::string& prefix : all) {
    if (prefixes.empty() || !prefix.starts_with(prefixes.back())) prefixes.push_back(std::move(prefix));
  }
  return prefixes;
}

/// git's configuration in the form of environment variables (git-config(1), GIT_CONFIG_COUNT).
class GitConfiguration {
 public:
  void set(const std::string& key, std::string value, SessionVariable::Kind kind = SessionVariable::Kind::plain) {
    entries_.push_back({fmt::format("GIT_CONFIG_KEY_{}", count_), key});
    entries_.push_back({fmt::format("GIT_CONFIG_VALUE_{}", count_), std::move(value), kind});
    ++count_;
  }
  [[nodiscard]] std::vector<SessionVariable> variables() && {
    if (count_ > 0) entries_.insert(entries_.begin(), {"GIT_CONFIG_COUNT", std::to_string(count_)});
    return std::move(entries_);
  }

 private:
  std::vector<SessionVariable> entries_;
  std::size_t count_ = 0;
};

void lead_to_broker(const GitHost& host, const GitAccess& access, const std::string& place,
                    const std::string& placeholder, GitConfiguration& configuration) {
  for (const std::string& prefix : prefixes_of(access)) {
    for (const std::string& url : host.urls)
      configuration.set(fmt::format("url.{}{}.insteadOf", place, prefix), url + prefix);
  }
  configuration.set(fmt::format("http.{}.extraHeader", place), "Authorization: Bearer " + placeholder,
                    SessionVariable::Kind::secret);
  // Whatever proxy the session's environment names: the broker is not behind it.
  configuration.set(fmt::format("http.{}.proxy", place), "");
}

BrokerRoute route_for(const GitHost& host, const GitAccess& access, SecretText token,
                      const std::string& placeholder) {
  BrokerRoute route;
  route.name = host.name;
  route.upstream = Upstream::parse(host.upstream);
  route.wire = WireFormat::git;
  route.placeholder = SecretText(placeholder);
  route.header = "authorization";
  route.scheme = "Basic";
  std::string credential = host.user + ":" + std::string(token.view());
  std::string encoded = to_base64(credential);
  route.key = SecretText(encoded);
  route.bare_key = std::move(token);
  wipe(credential);
  wipe(encoded);
  route.git = access;
  return route;
}

}  // namespace

GitSetup make_git_setup(const GitInputs& inputs) {
  GitSetup setup;
  GitConfiguration configuration;
  for (const GitAccess& access : inputs.access) {
    const GitHost host = inputs.host(access.host);
    std::optional<SecretText> token = inputs.token(host);
    if (!token) {
      const MissingKey missing = explain_missing_key(host.name, host.keys);
      setup.warnings.push_back(missing.message + ", so git is not led there by the broker.\n" + missing.hint);
      continue;
    }
    const std::string placeholder = "agentbox-" + inputs.random();
    const std::string place = fmt::format("{}/git/{}/", inputs.broker_url, host.name);
    setup.routes.push_back(route_for(host, access, std::move(*token), placeholder));
    lead_to_broker(host, access, place, placeholder, configuration);
  }
  setup.environment = std::move(configuration).variables();
  return setup;
}

bool is_git_configuration(const std::string& variable) {
  return variable == "GIT_CONFIG_COUNT" || variable == "GIT_CONFIG_PARAMETERS" ||
         variable.starts_with("GIT_CONFIG_KEY_") || variable.starts_with("GIT_CONFIG_VALUE_");
}

}  // namespace agentbox
