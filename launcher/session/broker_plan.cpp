// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/broker_plan.hpp"

#include "config/seed_template.hpp"
#include "core/error.hpp"
#include "core/loopback_url.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

const KeyVariable& variable_of(const AgentProfile& profile, const std::string& name) {
  const auto found =
      std::find_if(profile.keys.begin(), profile.keys.end(), [&](const KeyVariable& key) { return key.name == name; });
  if (found == profile.keys.end()) throw Error(ErrorKind::internal, "a key that its profile does not name: " + name);
  return *found;
}

const KeyVariable& check_brokered(const AgentProfile& profile, const KeyVariable& variable) {
  if (variable.provider.empty())
    throw Error(ErrorKind::config,
                fmt::format("{}: the key {} names no provider, so it cannot stay on the host", profile.source.string(),
                            variable.name),
                "give it \"provider\" and \"credential\", or use a policy with credentials: {mode: direct}");
  return variable;
}

const CredentialKind& credential_of(const Provider& provider, const KeyVariable& variable) {
  std::vector<std::string> known;
  for (const CredentialKind& kind : provider.credentials) {
    if (kind.name == variable.credential) return kind;
    known.push_back(kind.name);
  }
  throw Error(ErrorKind::config,
              fmt::format("the provider {} has no credential \"{}\"", provider.name, variable.credential),
              fmt::format("{} has: {}", provider.source.string(), join(known, ", ")));
}

std::string make_placeholder(const CredentialKind& kind, const std::string& random) {
  std::string text = kind.placeholder;
  return text.replace(text.find("{random}"), std::string_view("{random}").size(), random);
}

BrokerRoute route_for(const Provider& provider, const CredentialKind& kind, const std::string& upstream) {
  BrokerRoute route;
  route.name = provider.name;
  route.base_path = provider.base_path;
  route.upstream = Upstream::parse(upstream);
  route.wire = provider.wire;
  route.header = kind.header;
  route.scheme = kind.scheme;
  route.metered = provider.metered;
  route.free = provider.free;
  route.answered = provider.answered;
  route.headers = provider.headers;
  route.query = provider.query;
  route.usage = provider.usage;
  return route;
}

/// A key on an open wire: the user's own choice of a URL, but worth a word.
void warn_of_plain_http(const BrokerRoute& route, bool is_loopback, std::vector<std::string>& warnings) {
  if (route.upstream.scheme == Upstream::Scheme::http && !is_loopback && !route.key.empty())
    warnings.push_back(
        fmt::format("the key goes to {} unencrypted: its URL begins with http://", route.upstream.to_string()));
}

}  // namespace

BrokerSetup make_broker_plan(BrokerInputs inputs) {
  const AgentProfile& profile = inputs.profile;
  BrokerSetup setup{
      .plan = {}, .environment = {}, .base_url = profile.default_base_url, .key_tail20 = {}, .warnings = {}};
  setup.plan.caps = inputs.caps;
  setup.plan.prices = std::move(inputs.prices);
  setup.plan.ca_file = inputs.ca_file;
  const bool has_key = inputs.key.has_value();
  if (profile.keys.empty() || (!has_key && !inputs.host_base_url)) return setup;

  const KeyVariable& variable =
      check_brokered(profile, has_key ? variable_of(profile, inputs.key->name) : profile.keys.front());
  const Provider provider = inputs.provider(variable.provider);
  const CredentialKind& kind = credential_of(provider, variable);
  const std::string upstream = inputs.host_base_url.value_or(provider.upstream);
  BrokerRoute route = route_for(provider, kind, upstream);
  const bool is_loopback = loopback_port(upstream).has_value();
  if (is_loopback) route.pricing = BrokerRoute::Pricing::free_of_charge;
  if (has_key) {
    route.key = std::move(inputs.key->value);
  } else {
    route.header.clear();
  }
  warn_of_plain_http(route, is_loopback, setup.warnings);

  const std::string placeholder = make_placeholder(kind, inputs.random());
  route.placeholder = SecretText(placeholder);
  setup.base_url = inputs.broker_url + "/" + provider.name + provider.base_path;
  setup.key_tail20 = key_tail(placeholder);
  setup.environment.push_back({variable.name, placeholder, SessionVariable::Kind::secret});
  if (!profile.base_url_variable.empty()) setup.environment.push_back({profile.base_url_variable, setup.base_url});
  setup.plan.routes.push_back(std::move(route));
  return setup;
}

}  // namespace agentbox
