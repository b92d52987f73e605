// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/agent_settings.hpp"
#include "session/run_plan.hpp"

#include <algorithm>

#include "config/seed_template.hpp"
#include "config/tighten.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/layer_plan.hpp"
#include "session/agents.hpp"
#include "session/egress_policy.hpp"
#include "session/live_plan.hpp"
#include "session/network_questions.hpp"
#include "session/plan_credentials.hpp"
#include "session/project_policy.hpp"
#include "session/proxy_variables.hpp"
#include "session/recording.hpp"
#include "session/terminal_type.hpp"
#include "store/snapshot_store.hpp"
#include "sys/environment.hpp"
#include "sys/files.hpp"
#include "vm/qemu/confinement.hpp"
#include "workspace/project_directory.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

fs::path project_of(const RunRequest& request, const Application& application) {
  return resolve_project(request.directory.value_or("."), forbidden_places(application));
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// The policy's come last, so they can take back what agentbox does by itself; but git's own settings are always guarded.
GuardRules guard_rules_of(const Policy& policy) {
  GuardRules rules = default_guard_rules();
  rules.guarded.insert(rules.guarded.end(), policy.guarded.begin(), policy.guarded.end());
  rules.hidden.insert(rules.hidden.end(), policy.hidden.begin(), policy.hidden.end());
  return rules;
}

// The base to run in: the one asked for, with a layer for the agent.
std::string base_for(const RunRequest& request, const AgentProfile* profile, const Application& application) {
  const std::string base =
      request.base ? *request.base : (profile != nullptr ? profile->base : application.user_config.base);
  return profile == nullptr ? base : base_with_agent(base, *profile, application.catalog);
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

// What the agent itself cannot do without. The policy's denials win over it, as over everything.
void add_agent_groups(const std::vector<std::string>& groups, const Application& application, RunPlan& plan) {
  if (plan.network != NetworkMode::allowlist || groups.empty()) {
    return;
  }
  Policy needs;
  needs.network = plan.network;
  needs.access.groups = groups;
  for (auto& rule : expand_for_host(needs, application).rules.allow) {
    plan.egress.allow.push_back(std::move(rule));
  }
}

EgressRules egress_for(Policy policy, NetworkMode mode, const Application& application) {
  policy.network = mode;
  return expand_for_host(policy, application).rules;
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

void add_variables(const VariableTemplates& templates, const SeedValues& values, RunPlan& plan) {
  for (const auto& [name, value] : templates) {
    plan.environment.push_back({name, render_variable(name, value, values),
                                holds_key(value) ? SessionVariable::Kind::secret : SessionVariable::Kind::plain});
  }
}

bool applies(const SeedFile& seed, const KeyVariable* key, Permissions permissions) {
  return (!seed.keys || (key != nullptr ? contains(*seed.keys, key->name) : seed.keys->empty())) &&
         (!seed.permissions || *seed.permissions == permissions);
}

void plan_agent(const RunRequest& request, const AgentProfile& profile, const UsageCaps& caps,
                const Application& application, Terminal terminal, KeyValues wanted, RunPlan& plan) {
  const PermissionMode& mode = permission_mode(profile, request.permissions);
  plan.command = profile.command;
  plan.command.insert(plan.command.end(), mode.arguments.begin(), mode.arguments.end());
  plan.command.insert(plan.command.end(), request.arguments.begin(), request.arguments.end());
  SeedValues values{.project = plan.project.empty() ? "/home/" + plan.user : plan.project.string(),
                    .home = "/home/" + plan.user};
  const KeyVariable* key = plan_keys(profile, caps, application, terminal, wanted, plan, values);
  add_agent_groups(profile.network_groups, application, plan);
  add_variables(profile.environment, values, plan);
  add_variables(mode.environment, values, plan);
  if (terminal == Terminal::absent && plan.attendance == Attendance::as_called) {
    add_variables(profile.environment_without_terminal, values, plan);
  }
  if (key != nullptr) {
    add_agent_groups(key->network_groups, application, plan);
    add_variables(key->environment, values, plan);
  }
  for (const auto& name : profile.pass_environment) {
    if (const auto value = host_variable(name)) {
      plan.environment.push_back({name, *value});
    }
  }
  for (const auto& seed : profile.seed) {
    if (applies(seed, key, request.permissions)) {
      plan.seed.push_back({.path = seed.path, .content = render_seed(seed, values), .format = seed.format});
    }
  }
}

LiveManifest live_manifest_of(const RunRequest& request, const Application& application) {
  return load_live_manifest(SnapshotStore(application.directories.data / "snapshots").directory_of(*request.resume_snapshot));
}

// A snapshot names its own base, machine and workspace; what the user says on the command line still wins.
RunRequest with_snapshot_defaults(RunRequest request, const Application& application) {
  if (!request.resume_snapshot) {
    return request;
  }
  const SnapshotManifest snapshot =
      SnapshotStore(application.directories.data / "snapshots").load(*request.resume_snapshot);
  request.base = snapshot.base;
  request.start = StartMethod::cold;  // of the machine only the disk counts
  if (request.resume_from == ResumeFrom::memory) {
    if (request.workspace && to_string(*request.workspace) != snapshot.workspace) {
      throw Error(ErrorKind::usage, "a session that goes on from a live snapshot keeps its workspace: " + snapshot.workspace,
                  "leave --workspace out, or start from the snapshot's disk alone: --cold");
    }
    add_live_defaults(live_manifest_of(request, application), request);
  }
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

// The policy in effect: what the project's own file says counts above it, and above the command line, as far as it is stricter. A
// project that the session does not see says nothing.
Policy policy_for(RunRequest& request, const Application& application, RunPlan& plan) {
  Policy policy = application.catalog.policy(request.policy.value_or(application.user_config.policy));
  if (request.project_file == ProjectFileUse::ignore || request.workspace.value_or(policy.workspace) == WorkspaceMode::none) {
    return policy;
  }
  if (const auto file = load_project_file(project_of(request, application))) {
    policy = tighten(std::move(policy), *file);
    request = tighten_request(std::move(request), *file, plan.warnings);
    plan.project_file = describe(*file);
  }
  return policy;
}

OnExit effective_on_exit(OnExit wanted, Terminal terminal, RunPlan& plan) {
  if (wanted == OnExit::ask && terminal == Terminal::absent) {
    plan.warnings.emplace_back("without a terminal there is nobody to ask at the end: the VM's disk is kept as a snapshot");
    return OnExit::snapshot;
  }
  return wanted;
}

}  // namespace

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

bool may_outlast_caller(const RunRequest& asked, const Application& application, Terminal terminal) {
  if (asked.attendance == Attendance::detached || terminal == Terminal::present) {
    return true;
  }
  const RunRequest request = with_snapshot_defaults(asked, application);
  const Policy policy = application.catalog.policy(request.policy.value_or(application.user_config.policy));
  return request.on_exit.value_or(policy.on_exit) == OnExit::keep;
}

RunPlan make_run_plan(const RunRequest& asked, const Application& application, Terminal terminal, KeyValues values) {
  RunRequest request = with_snapshot_defaults(asked, application);
  RunPlan plan;
  const Policy policy = policy_for(request, application, plan);
  std::optional<AgentProfile> profile;
  if (request.kind == RunKind::agent) {
    profile = application.catalog.agent(request.agent);
  }

  plan.kind = request.kind;
  plan.label = profile ? profile->name : (request.kind == RunKind::shell ? "shell" : "run");
  plan.policy = policy.name;
  plan.workspace = request.workspace.value_or(policy.workspace);
  plan.copy_ignored = policy.copy_ignored;
  plan.guard = guard_rules_of(policy);
  plan.review_ignored = request.review_ignored.value_or(policy.review_ignored);
  plan.cpus = request.cpus.value_or(policy.resources.cpus);
  plan.memory = request.memory.value_or(policy.resources.memory);
  plan.disk = request.disk.value_or(policy.resources.disk);
  plan.timeout = request.timeout ? request.timeout : policy.resources.timeout;
  plan.max_time = request.max_time;
  plan.artifacts = request.artifacts;
  plan.network = request.network.value_or(policy.network);
  plan.egress = egress_for(policy, plan.network, application);
  plan.asking = asking_for(request, policy, plan.network, terminal);
  plan.credentials = request.credentials.value_or(policy.credentials);
  plan.terminal = request.terminal_filter == TerminalFilter::on ? std::optional(policy.terminal) : std::nullopt;
  plan.pasted_images = plan.kind == RunKind::agent ? policy.terminal.pasted_images : TerminalRules::PastedImages::keep_out;
  plan.recording = recording_file(request.record);
  plan.published = published_ports(policy, request);
  plan.on_exit = effective_on_exit(request.on_exit.value_or(policy.on_exit), terminal, plan);
  plan.attendance = request.attendance;
  plan.snapshot_name = request.snapshot_name.value_or("");
  plan.start = request.start;
  plan.confinement = choose_confinement(request.confinement);
  plan.resume_snapshot = request.resume_snapshot;
  if (request.resume_snapshot && is_reviewed(plan.workspace)) {
    const fs::path index = application.directories.data / "snapshots" / *request.resume_snapshot / "project.index";
    plan.index = fs::exists(index) ? index : fs::path{};
  }
  if (plan.workspace != WorkspaceMode::none) {
    plan.project = project_of(request, application);
    plan.repository = find_git_repository(plan.project);
  }
  plan.hot = plan_hot(request.hot.value_or(policy.hot), request.hot_state.value_or(policy.hot_state), plan);
  add_earlier_answers(application, plan);
  plan.directories = plan_directories(request, plan, profile ? &*profile : nullptr, policy, application);
  plan.base = base_for(request, profile ? &*profile : nullptr, application);
  const LayerPlan layer = plan_layer(application.catalog, plan.base);
  plan.user = layer.user;
  plan.disk = std::max(plan.disk, layer.size);

  const UsageCaps caps = caps_for(request, policy);
  if (const auto colors = host_variable("COLORTERM")) {
    plan.environment.push_back({"COLORTERM", *colors});
  }
  if (terminal == Terminal::present) {
    if (const auto entry = terminal_description(host_variable("TERM").value_or(""), terminfo_directories())) {
      plan.seed.push_back(*entry);
    }
  }
  if (profile) {
    plan_agent(request, *profile, caps, application, terminal, values, plan);
    if (request.settings.value_or(policy.settings) == SettingsMode::import) {
      add_chosen_settings(*profile, plan);
    }
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
  if (request.resume_from == ResumeFrom::memory) {
    go_on_with(live_manifest_of(request, application), plan);
  }
  return plan;
}

}  // namespace agentbox
