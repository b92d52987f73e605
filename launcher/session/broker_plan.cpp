// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/broker_plan.hpp"

#include "core/error.hpp"
#include "core/loopback_url.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

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

/// A limit that would never be reached is worth one, too.
void warn_of_idle_limit(BrokerSetup& setup) {
  if (setup.plan.caps.cost)
    setup.warnings.emplace_back(
        "a model on this machine counts as free of charge, so the limit of cost ends nothing: \"loopback: listed\" in "
        "providers/prices.yaml gives it the prices of the list (agents/providers/README.md)");
}

}  // namespace

BaseUrl base_url_of(const AgentProfile& profile, const KeyVariable* key) {
  return key != nullptr && !key->base_url_variable.empty() ? BaseUrl{key->base_url_variable, key->default_base_url}
                                                           : BaseUrl{profile.base_url_variable, profile.default_base_url};
}

BrokerSetup make_broker_plan(BrokerInputs inputs) {
  const AgentProfile& profile = inputs.profile;
  const BaseUrl base_url = base_url_of(profile, inputs.variable);
  BrokerSetup setup{.plan = {}, .environment = {}, .base_url = base_url.otherwise, .key = {}, .warnings = {}};
  setup.plan.caps = inputs.caps;
  setup.plan.prices = std::move(inputs.prices);
  setup.plan.ca_file = inputs.ca_file;
  const bool has_key = inputs.key.has_value();
  if (inputs.variable == nullptr || (!has_key && !inputs.host_base_url)) return setup;

  const KeyVariable& variable = check_brokered(profile, *inputs.variable);
  const Provider provider = inputs.provider(variable.provider);
  const CredentialKind& kind = credential_of(provider, variable);
  const std::string upstream = inputs.host_base_url.value_or(provider.upstream);
  BrokerRoute route = route_for(provider, kind, upstream);
  const bool is_loopback = loopback_port(upstream).has_value();
  if (is_loopback && setup.plan.prices.loopback == PriceTable::Loopback::free) {
    route.pricing = BrokerRoute::Pricing::free_of_charge;
    warn_of_idle_limit(setup);
  }
  if (has_key) {
    route.key = std::move(inputs.key->value);
  } else {
    route.header.clear();
  }
  warn_of_plain_http(route, is_loopback, setup.warnings);

  const std::string placeholder = make_placeholder(kind, inputs.random());
  route.placeholder = SecretText(placeholder);
  setup.base_url = inputs.broker_url + "/" + provider.name + provider.base_path;
  setup.key = placeholder;
  setup.environment.push_back({variable.name, placeholder, SessionVariable::Kind::secret});
  if (!base_url.variable.empty()) setup.environment.push_back({base_url.variable, setup.base_url});
  setup.plan.routes.push_back(std::move(route));
  return setup;
}

}  // namespace agentbox
