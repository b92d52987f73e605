// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/plan_credentials.hpp"

#include <algorithm>
#include <iterator>

#include "core/error.hpp"
#include "core/loopback_url.hpp"
#include "gateway/host/gateway_room.hpp"
#include "session/broker_plan.hpp"
#include "session/credentials.hpp"
#include "session/git_setup.hpp"
#include "sys/environment.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

// Where a guest finds the broker: GatewayPlan's address and broker_port.
constexpr const char* broker_url = "http://10.0.2.2:8080";

std::optional<std::string> host_base_url(const BaseUrl& base_url) {
  return base_url.variable.empty() ? std::nullopt : host_variable(base_url.variable);
}

void add_base_url(const AgentProfile& profile, const KeyVariable* key, RunPlan& plan, std::string& base_url) {
  const BaseUrl wanted = base_url_of(profile, key);
  base_url = wanted.otherwise;
  const auto configured = host_base_url(wanted);
  if (!configured) {
    return;
  }
  base_url = *configured;
  plan.environment.push_back({wanted.variable, *configured});
  if (const auto port = loopback_port(*configured)) {
    add_forward(plan, *port, *port);
  }
}

const KeyVariable& variable_of(const AgentProfile& profile, const std::string& name) {
  const auto found =
      std::find_if(profile.keys.begin(), profile.keys.end(), [&](const KeyVariable& key) { return key.name == name; });
  if (found == profile.keys.end()) {
    throw Error(ErrorKind::internal, "a key that its profile does not name: " + name);
  }
  return *found;
}

// The one that a model server of the host's own (a base URL) makes do with, when there is no key.
const KeyVariable* keyless_variable(const AgentProfile& profile) {
  const auto found = std::find_if(profile.keys.begin(), profile.keys.end(), [&](const KeyVariable& key) {
    return !key.provider.empty() && host_base_url(base_url_of(profile, &key));
  });
  return found == profile.keys.end() ? nullptr : &*found;
}

// Where the host has keys for this agent; says what is missing.
std::vector<KeyOrigin> require_keys(const AgentProfile& profile, const KeySources& sources, Terminal terminal, RunPlan& plan) {
  auto keys = locate_keys(profile.keys, {.agent = profile.name, .project = plan.project}, sources);
  if (keys.empty() && profile.key_required && keyless_variable(profile) == nullptr) {
    const MissingKey missing = explain_missing_key(profile);
    if (terminal == Terminal::absent) {
      throw Error(ErrorKind::environment, missing.message, missing.hint);
    }
    plan.warnings.push_back(missing.message + "; " + profile.name + " will ask you to log in, inside the VM.\n" +
                            missing.hint);
  }
  return keys;
}

// For a dry run, what stands in its place must be no less of a key.
SecretText value_of(const KeyOrigin& origin, const KeySources& sources, KeyValues values) {
  return values == KeyValues::fetch ? sources.fetch(origin) : SecretText("(not looked up)");
}

// Of several keys the first that can be brokered: one that cannot would have to enter the session.
void keep_the_brokered(const AgentProfile& profile, RunPlan& plan) {
  auto& keys = plan.keys;
  if (keys.empty()) {
    return;
  }
  const auto first = std::find_if(keys.begin(), keys.end(),
                                  [&](const KeyOrigin& key) { return !variable_of(profile, key.id.name).provider.empty(); });
  if (first == keys.end()) {
    throw Error(ErrorKind::usage,
                "the key " + keys.front().id.name + " cannot stay on this machine: " + profile.name +
                    " hands it to a service that the broker does not know",
                "let it into the VM, where everything that runs there can read it: agentbox --credentials direct " + profile.name);
  }
  const KeyOrigin chosen = *first;
  if (keys.size() > 1) {
    plan.warnings.push_back("there are several keys for " + profile.name + "; " + chosen.id.name + " from " + describe(chosen) +
                            " is used");
  }
  keys = {chosen};
}

// Without any key the profile's first one says what the seed files hold, so that they are complete.
std::string model_for(const AgentProfile& profile, const KeyVariable* key) {
  const auto configured = profile.model_variable.empty() ? std::nullopt : host_variable(profile.model_variable);
  if (configured) {
    return *configured;
  }
  return key != nullptr ? key->model : profile.keys.empty() ? std::string() : profile.keys.front().model;
}

// credentials: direct. The real keys and the service's own address enter the session.
void add_direct(std::vector<AgentKey> keys, RunPlan& plan, SeedValues& values) {
  if (!keys.empty()) {
    values.key = std::string(keys.front().value.view());
  }
  for (const auto& key : keys) {
    plan.environment.push_back({key.name, std::string(key.value.view()), SessionVariable::Kind::secret});
  }
}

// With the network off, a broker to the internet would be a way out. A service on this machine is not the network.
bool may_be_brokered(const std::string& upstream, const std::string& what_is_lost, RunPlan& plan) {
  if (plan.network != NetworkMode::offline || loopback_port(upstream)) {
    return true;
  }
  plan.warnings.push_back("the network is off, so " + what_is_lost + " at " + upstream);
  return false;
}

void require_confinement(const RunPlan& plan) {
  if (plan.confinement == Confinement::none) {
    throw Error(ErrorKind::usage, "without confinement there is no broker to keep the keys out of the VM",
                "leave --unconfined out, or let the real keys into the VM: --credentials direct");
  }
}

// A guest that reaches the service directly could use it with a key of somebody else's, for calls that the broker refuses.
void close_the_way_round(const BrokerPlan& broker, EgressRules& egress) {
  for (const auto& route : broker.routes) {
    if (HostName::parse(route.upstream.host)) {
      egress.deny.push_back(parse_egress_rule(route.upstream.host));
      egress.deny.back().origin = "brokered";
    }
  }
}

// Where the gateway finds what SSL_CERT_FILE names: only bubblewrap gives files other names.
std::string certificates_of_gateway(Confinement confinement) {
  const auto file = host_variable("SSL_CERT_FILE");
  return !file ? "" : confinement == Confinement::landlock ? *file : room_certificates;
}

// credentials: brokered. The session gets a placeholder and the broker's address, which are of no use anywhere else.
void add_brokered(const AgentProfile& profile, const KeyVariable* variable, std::optional<AgentKey> key, const UsageCaps& caps,
                  const Application& application, RunPlan& plan, SeedValues& values) {
  require_confinement(plan);
  BrokerSetup setup = make_broker_plan(
      {.profile = profile,
       .variable = variable,
       .key = std::move(key),
       .caps = caps,
       .host_base_url = host_base_url(base_url_of(profile, variable)),
       .broker_url = broker_url,
       .ca_file = certificates_of_gateway(plan.confinement),
       .prices = application.catalog.prices(),
       .provider = [&](const std::string& name) { return application.catalog.provider(name); },
       .random = [] { return random_hex(16); }});
  values.base_url = setup.base_url;
  values.key = setup.key;
  plan.environment.insert(plan.environment.end(), setup.environment.begin(), setup.environment.end());
  plan.warnings.insert(plan.warnings.end(), setup.warnings.begin(), setup.warnings.end());
  if (!setup.plan.routes.empty() &&
      may_be_brokered(setup.plan.routes.front().upstream.to_string(), plan.label + " cannot reach its model", plan)) {
    close_the_way_round(setup.plan, plan.egress);
    plan.broker = std::make_shared<BrokerPlan>(std::move(setup.plan));
  }
}

// What else says how git is configured would be lost, or ours would.
void require_free_git_configuration(const RunPlan& plan) {
  for (const auto& variable : plan.environment) {
    if (is_git_configuration(variable.name)) {
      throw Error(ErrorKind::usage,
                  variable.name + " is set for the session, and the policy " + plan.policy + " leads git to the broker by it",
                  "put git's configuration into a file of the project, or use a policy without credentials: git");
    }
  }
}

// For every program of the session, so no key that is kept for one agent.
std::optional<SecretText> git_token(const GitHost& host, const KeySources& sources, KeyValues wanted, RunPlan& plan) {
  const auto origins = locate_keys(host.keys, {.agent = {}, .project = plan.project}, sources);
  if (origins.empty()) {
    return {};
  }
  plan.keys.push_back(origins.front());
  return value_of(origins.front(), sources, wanted);
}

}  // namespace

const KeyVariable* plan_keys(const AgentProfile& profile, const UsageCaps& caps, const Application& application,
                             Terminal terminal, KeyValues wanted, RunPlan& plan, SeedValues& values) {
  const KeySources sources = KeySources::of(application);
  if (plan.credentials != CredentialMode::none) {
    plan.keys = require_keys(profile, sources, terminal, plan);
  }
  if (plan.credentials == CredentialMode::brokered) {
    keep_the_brokered(profile, plan);
  }
  const KeyVariable* variable =
      plan.keys.empty() ? keyless_variable(profile) : &variable_of(profile, plan.keys.front().id.name);
  std::vector<AgentKey> keys;
  for (const KeyOrigin& origin : plan.keys) {
    keys.push_back({.name = origin.id.name, .value = value_of(origin, sources, wanted)});
  }
  if (plan.credentials == CredentialMode::brokered) {
    add_brokered(profile, variable, keys.empty() ? std::nullopt : std::optional(std::move(keys.front())), caps, application, plan,
                 values);
  } else {
    add_base_url(profile, variable, plan, values.base_url);
    add_direct(std::move(keys), plan, values);
  }
  values.key_tail20 = key_tail(values.key);
  values.model = model_for(profile, variable);
  return variable;
}

void add_git(const Policy& policy, const Application& application, KeyValues wanted, RunPlan& plan) {
  if (policy.git.empty()) {
    return;
  }
  if (plan.credentials != CredentialMode::brokered) {
    plan.warnings.push_back("credentials are not brokered, so git gets no access to what the policy names");
    return;
  }
  require_confinement(plan);
  const KeySources sources = KeySources::of(application);
  std::vector<GitAccess> reachable = policy.git;
  std::erase_if(reachable, [&](const GitAccess& access) {
    return !may_be_brokered(application.catalog.git_host(access.host).upstream, "git cannot reach its repositories", plan);
  });
  GitSetup setup = make_git_setup({.access = reachable,
                                   .broker_url = broker_url,
                                   .host = [&](const std::string& name) { return application.catalog.git_host(name); },
                                   .token = [&](const GitHost& host) { return git_token(host, sources, wanted, plan); },
                                   .random = [] { return random_hex(16); }});
  plan.warnings.insert(plan.warnings.end(), setup.warnings.begin(), setup.warnings.end());
  if (setup.routes.empty()) {
    return;
  }
  require_free_git_configuration(plan);
  plan.environment.insert(plan.environment.end(), setup.environment.begin(), setup.environment.end());
  if (!plan.broker) {
    plan.broker = std::make_shared<BrokerPlan>();
    plan.broker->ca_file = certificates_of_gateway(plan.confinement);
  }
  std::move(setup.routes.begin(), setup.routes.end(), std::back_inserter(plan.broker->routes));
}

UsageCaps caps_for(const RunRequest& request, const Policy& policy) {
  return {.tokens = request.caps.tokens ? request.caps.tokens : policy.caps.tokens,
          .cost = request.caps.cost ? request.caps.cost : policy.caps.cost,
          .requests = request.caps.requests ? request.caps.requests : policy.caps.requests};
}

void check_caps(const UsageCaps& asked_for, const UsageCaps& all, const RunPlan& plan) {
  if ((!plan.broker || model_route(*plan.broker) == nullptr) &&
      (plan.kind == RunKind::agent ? all : asked_for) != UsageCaps{}) {
    throw Error(ErrorKind::usage, "limits of tokens, cost and requests need an agent whose key is brokered",
                "leave --max-tokens, --max-cost and --max-requests out, or let the agent have a key on this host");
  }
}

}  // namespace agentbox
