// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/run_plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "config/seed_template.hpp"
#include "core/error.hpp"
#include "core/loopback_url.hpp"
#include "core/text.hpp"
#include "gateway/host/gateway_room.hpp"
#include "image/base/layer_plan.hpp"
#include "session/broker_plan.hpp"
#include "session/credentials.hpp"
#include "session/egress_policy.hpp"
#include "session/git_setup.hpp"
#include "session/network_questions.hpp"
#include "session/proxy_variables.hpp"
#include "store/snapshot_store.hpp"
#include "sys/files.hpp"
#include "vm/qemu/confinement.hpp"
#include "workspace/project_directory.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// Where a guest finds the broker: GatewayPlan's address and broker_port.
constexpr const char* broker_url = "http://10.0.2.2:8080";

std::optional<std::string> host_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return std::nullopt;
  }
  return std::string(value);
}

fs::path project_of(const RunRequest& request, const Application& application) {
  const Directories& own = application.directories;
  const ForbiddenPlaces forbidden{.home = host_variable("HOME").value_or(""),
                                  .own = {own.config, own.data, own.state, own.cache}};
  return resolve_project(request.directory.value_or("."), forbidden);
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// The base to run in: the one asked for, with a layer for the agent unless it has it already.
std::string base_for(const RunRequest& request, const AgentProfile* profile, const Application& application) {
  const std::string base =
      request.base ? *request.base : (profile != nullptr ? profile->base : application.user_config.base);
  if (profile == nullptr || contains(plan_layer(application.catalog, base).all_agents, profile->name)) {
    return base;
  }
  return base + "+" + profile->name;
}

void add_forward(RunPlan& plan, Port guest, Port host) {
  for (const auto& [known, target] : plan.forwards) {
    if (known == guest && target != host) {
      throw Error(ErrorKind::usage, "the guest's port " + std::to_string(guest.number()) + " is asked for twice",
                  "give another one: --host-port GUEST:HOST");
    }
    if (known == guest) {
      return;
    }
  }
  plan.forwards.emplace_back(guest, host);
}

/// Those of the policy, and further ones; the same one may be in both.
std::vector<PublishedPort> published_ports(const Policy& policy, const RunRequest& request) {
  std::vector<PublishedPort> ports = policy.access.ports;
  for (const auto& wanted : request.publish) {
    const auto same_host = std::find_if(ports.begin(), ports.end(), [&](const auto& one) { return one.host == wanted.host; });
    if (same_host == ports.end()) {
      ports.push_back(wanted);
    } else if (same_host->guest != wanted.guest) {
      throw Error(ErrorKind::usage, "port " + std::to_string(wanted.host) + " of this machine is to lead to two ports of the VM",
                  "give one of them another number: --publish HOST:GUEST");
    }
  }
  return ports;
}

void add_requested_environment(const RunRequest& request, RunPlan& plan) {
  for (const auto& entry : request.environment) {
    const auto equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (name.empty() || name.starts_with("AGENTBOX_") || !std::all_of(name.begin(), name.end(), [](unsigned char c) {
          return std::isalnum(c) != 0 || c == '_';
        })) {
      throw Error(ErrorKind::usage, "--env " + escape_untrusted(name) + " is no name of a variable",
                  "use --env NAME=value, or --env NAME to pass the host's value on");
    }
    // What a user hands over by hand may well be a key: it is treated as one.
    if (equals != std::string::npos) {
      plan.environment.push_back({name, entry.substr(equals + 1), SessionVariable::Kind::secret});
    } else if (const auto value = host_variable(name)) {
      plan.environment.push_back({name, *value, SessionVariable::Kind::secret});
    } else {
      plan.warnings.push_back(name + " is not set on the host, so --env " + name + " passes nothing on");
    }
  }
}

void add_base_url(const AgentProfile& profile, RunPlan& plan, std::string& base_url) {
  base_url = profile.default_base_url;
  if (profile.base_url_variable.empty()) {
    return;
  }
  const auto configured = host_variable(profile.base_url_variable);
  if (!configured) {
    return;
  }
  base_url = *configured;
  plan.environment.push_back({profile.base_url_variable, *configured});
  if (const auto port = loopback_port(*configured)) {
    add_forward(plan, *port, *port);
  }
}

// Where the host has keys for this agent; says what is missing.
std::vector<KeyOrigin> require_keys(const AgentProfile& profile, const KeySources& sources, Terminal terminal, RunPlan& plan) {
  auto keys = locate_keys(profile.keys, {.agent = profile.name, .project = plan.project}, sources);
  if (keys.empty() && profile.key_required) {
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

// credentials: direct. The real keys and the service's own address enter the session.
void add_direct(const AgentProfile& profile, std::vector<AgentKey> keys, RunPlan& plan, SeedValues& values) {
  add_base_url(profile, plan, values.base_url);
  if (!keys.empty()) {
    values.key_tail20 = key_tail(std::string(keys.front().value.view()));
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
void add_brokered(const AgentProfile& profile, std::optional<AgentKey> key, const UsageCaps& caps,
                  const Application& application, RunPlan& plan, SeedValues& values) {
  require_confinement(plan);
  BrokerSetup setup = make_broker_plan(
      {.profile = profile,
       .key = std::move(key),
       .caps = caps,
       .host_base_url = profile.base_url_variable.empty() ? std::nullopt : host_variable(profile.base_url_variable),
       .broker_url = broker_url,
       .ca_file = certificates_of_gateway(plan.confinement),
       .prices = application.catalog.prices(),
       .provider = [&](const std::string& name) { return application.catalog.provider(name); },
       .random = [] { return random_hex(16); }});
  values.base_url = setup.base_url;
  values.key_tail20 = setup.key_tail20;
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

// The policy's credentials: git. Not only for agents: whatever runs in the session has git.
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

// A limit that nobody enforces is worse than none. A policy's own is for agents alone: a shell has no key to spend.
void check_caps(const UsageCaps& asked_for, const UsageCaps& all, const RunPlan& plan) {
  if ((!plan.broker || model_route(*plan.broker) == nullptr) &&
      (plan.kind == RunKind::agent ? all : asked_for) != UsageCaps{}) {
    throw Error(ErrorKind::usage, "limits of tokens, cost and requests need an agent whose key is brokered",
                "leave --max-tokens, --max-cost and --max-requests out, or let the agent have a key on this host");
  }
}

EgressRules egress_for(Policy policy, NetworkMode mode, const Application& application) {
  policy.network = mode;
  return expand_for_host(policy, application).rules;
}

// The keys by the policy's mode. A broker uses one key, so no other one is looked up.
void plan_keys(const AgentProfile& profile, const UsageCaps& caps, const Application& application, Terminal terminal,
               KeyValues wanted, RunPlan& plan, SeedValues& values) {
  if (plan.credentials == CredentialMode::none) {
    add_direct(profile, {}, plan, values);
    return;
  }
  const KeySources sources = KeySources::of(application);
  plan.keys = require_keys(profile, sources, terminal, plan);
  if (plan.credentials == CredentialMode::brokered && plan.keys.size() > 1) {
    plan.keys.resize(1);
    plan.warnings.push_back("there are several keys for " + profile.name + "; " + plan.keys.front().id.name + " from " +
                            describe(plan.keys.front()) + " is used");
  }
  std::vector<AgentKey> keys;
  for (const KeyOrigin& origin : plan.keys) {
    keys.push_back({.name = origin.id.name, .value = value_of(origin, sources, wanted)});
  }
  if (plan.credentials == CredentialMode::direct) {
    add_direct(profile, std::move(keys), plan, values);
  } else {
    add_brokered(profile, keys.empty() ? std::nullopt : std::optional(std::move(keys.front())), caps, application, plan,
                 values);
  }
}

NetworkAsking asking_for(const RunRequest& request, const Policy& policy, NetworkMode mode, Terminal terminal) {
  if (request.ask_network == AskNetwork::yes && mode != NetworkMode::allowlist) {
    throw Error(ErrorKind::usage, "--ask-network asks about what an allowlist lacks, and the network is " + to_string(mode),
                "add --network allowlist, or leave --ask-network out");
  }
  // A policy that asks, with another mode from the command line, has nothing left to ask about.
  const bool wanted = request.ask_network == AskNetwork::yes || policy.access.ask;
  if (!wanted || mode != NetworkMode::allowlist) {
    return NetworkAsking::never;
  }
  return terminal == Terminal::present ? NetworkAsking::on_terminal : NetworkAsking::no_terminal;
}

// What the user said "always" to, earlier. Part of asking: a session that does not ask does not go by old answers.
void add_earlier_answers(const Application& application, RunPlan& plan) {
  if (plan.asking == NetworkAsking::never) {
    return;
  }
  for (const auto& host : network_answers_of(application).hosts(plan.project.string(), plan.policy)) {
    plan.egress.allow.push_back(parse_egress_rule(host));
    plan.egress.allow.back().origin = asked_origin(to_string(AskAnswer::always));
  }
}

// On the wire alone: elsewhere nothing answers there.
void add_proxy_variables(const Policy& policy, const AgentProfile* profile, RunPlan& plan) {
  const bool wanted = policy.access.proxy_variables || (profile != nullptr && profile->proxy_variables);
  if (wanted && plan.confinement != Confinement::none && plan.network != NetworkMode::offline) {
    const auto variables = proxy_variables(plan.environment);
    plan.environment.insert(plan.environment.end(), variables.begin(), variables.end());
  }
}

void plan_agent(const RunRequest& request, const AgentProfile& profile, const UsageCaps& caps,
                const Application& application, Terminal terminal, KeyValues wanted, RunPlan& plan) {
  plan.command = profile.command;
  if (request.permissions == Permissions::skip) {
    plan.command.insert(plan.command.end(), profile.skip_permissions.begin(), profile.skip_permissions.end());
  }
  plan.command.insert(plan.command.end(), request.arguments.begin(), request.arguments.end());
  for (const auto& [name, value] : profile.environment) {
    plan.environment.push_back({name, value});
  }
  for (const auto& name : profile.pass_environment) {
    if (const auto value = host_variable(name)) {
      plan.environment.push_back({name, *value});
    }
  }
  SeedValues values{.project = plan.project.empty() ? "/home/" + plan.user : plan.project.string(),
                    .home = "/home/" + plan.user,
                    .base_url = {},
                    .key_tail20 = {}};
  plan_keys(profile, caps, application, terminal, wanted, plan, values);
  for (const auto& seed : profile.seed) {
    plan.seed.push_back({.path = seed.path, .content = render_seed(seed, values), .format = seed.format});
  }
}

// A snapshot names its own base, machine and workspace; what the user says on the command line still wins.
RunRequest with_snapshot_defaults(RunRequest request, const Application& application) {
  if (!request.resume_snapshot) {
    return request;
  }
  const SnapshotManifest snapshot =
      SnapshotStore(application.directories.data / "snapshots").load(*request.resume_snapshot);
  request.base = snapshot.base;
  request.start = StartMethod::cold;  // only the disk was kept
  if (!request.cpus) {
    request.cpus = snapshot.cpus;
  }
  if (!request.memory) {
    request.memory = snapshot.memory;
  }
  if (!request.workspace) {
    request.workspace = parse_workspace_mode(snapshot.workspace);
  }
  if (!request.directory && !snapshot.project.empty()) {
    request.directory = snapshot.project;
  }
  if (!request.policy) {
    request.policy = snapshot.policy;
  }
  return request;
}

OnExit effective_on_exit(OnExit wanted, Terminal terminal, RunPlan& plan) {
  if (wanted == OnExit::ask && terminal == Terminal::absent) {
    plan.warnings.emplace_back("without a terminal there is nobody to ask at the end: the VM's disk is kept as a snapshot");
    return OnExit::snapshot;
  }
  return wanted;
}

}  // namespace

RunPlan make_run_plan(const RunRequest& asked, const Application& application, Terminal terminal, KeyValues values) {
  const RunRequest request = with_snapshot_defaults(asked, application);
  const Policy policy = application.catalog.policy(request.policy.value_or(application.user_config.policy));
  std::optional<AgentProfile> profile;
  if (request.kind == RunKind::agent) {
    profile = application.catalog.agent(request.agent);
  }

  RunPlan plan;
  plan.kind = request.kind;
  plan.label = profile ? profile->name : (request.kind == RunKind::shell ? "shell" : "run");
  plan.policy = policy.name;
  plan.workspace = request.workspace.value_or(policy.workspace);
  plan.cpus = request.cpus.value_or(policy.resources.cpus);
  plan.memory = request.memory.value_or(policy.resources.memory);
  plan.disk = request.disk.value_or(policy.resources.disk);
  plan.timeout = request.timeout ? request.timeout : policy.resources.timeout;
  plan.network = request.network.value_or(policy.network);
  plan.egress = egress_for(policy, plan.network, application);
  plan.asking = asking_for(request, policy, plan.network, terminal);
  plan.credentials = request.credentials.value_or(policy.credentials);
  plan.published = published_ports(policy, request);
  plan.on_exit = effective_on_exit(request.on_exit.value_or(policy.on_exit), terminal, plan);
  plan.snapshot_name = request.snapshot_name.value_or("");
  plan.start = request.start;
  plan.confinement = choose_confinement(request.confinement);
  plan.resume_snapshot = request.resume_snapshot;
  if (plan.workspace != WorkspaceMode::none) {
    plan.project = project_of(request, application);
  }
  add_earlier_answers(application, plan);
  plan.base = base_for(request, profile ? &*profile : nullptr, application);
  const LayerPlan layer = plan_layer(application.catalog, plan.base);
  plan.user = layer.user;
  plan.disk = std::max(plan.disk, layer.size);

  const UsageCaps caps = caps_for(request, policy);
  if (const auto colors = host_variable("COLORTERM")) {
    plan.environment.push_back({"COLORTERM", *colors});
  }
  if (profile) {
    plan_agent(request, *profile, caps, application, terminal, values, plan);
  } else {
    plan.command = request.arguments;
  }
  check_caps(request.caps, caps, plan);
  for (const auto& [guest, host] : request.host_ports) {
    add_forward(plan, guest, host);
  }
  add_requested_environment(request, plan);
  add_git(policy, application, values, plan);
  add_proxy_variables(policy, profile ? &*profile : nullptr, plan);
  return plan;
}

}  // namespace agentbox
