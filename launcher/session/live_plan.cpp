// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/live_plan.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace agentbox {
namespace {

std::string text_of(const std::optional<std::uint64_t>& number) { return number ? std::to_string(*number) : ""; }

std::optional<std::uint64_t> number_in(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorKind::environment, "the snapshot's limits are no numbers");
  }
  return value;
}

std::string session_that_can_be_saved(const RunPlan& plan) {
  std::string command = "agentbox --detach";
  if (plan.workspace != WorkspaceMode::none) {
    command += " --workspace copy";
  }
  if (plan.credentials == CredentialMode::direct) {
    command += " --credentials brokered";
  }
  const std::string directory = plan.project.empty() ? "" : " " + escape_untrusted(plan.project.native());
  switch (plan.kind) {
    case RunKind::agent:
    case RunKind::shell:
      return command + " " + plan.label + directory;
    case RunKind::command:
      break;
  }
  return command + " run" + directory + " -- COMMAND";
}

std::vector<std::string> what_keeps_from_saving(const RunPlan& plan, const Liveness& live) {
  std::vector<std::string> reasons;
  if (plan.workspace != WorkspaceMode::copy && plan.workspace != WorkspaceMode::none) {
    reasons.push_back("its project is a directory of this machine's (--workspace " + to_string(plan.workspace) + "), which the VM has mounted");
  }
  if (!plan.directories.mounts.empty()) {
    reasons.emplace_back("it has directories of this machine's mounted (--mount)");
  }
  if (plan.credentials == CredentialMode::direct) {
    reasons.emplace_back("a real key is in its memory (--credentials direct), which would be written to the disk");
  }
  if (plan.confinement == Confinement::none) {
    reasons.emplace_back("it runs with --unconfined, whose network is a part of the VM's state");
  }
  if (live.command == Liveness::Command::on_pipes) {
    reasons.emplace_back("its command is bound to pipes of this machine's");
  }
  if (live.machine == Liveness::Machine::booted) {
    reasons.emplace_back("its VM was booted (--cold), not forked");
  }
  return reasons;
}

}  // namespace

void note_plan(const RunPlan& plan, LiveManifest& live) {
  live.network = to_string(plan.network);
  live.credentials = to_string(plan.credentials);
  live.history = plan.directories.history.state.empty() ? "" : to_string(HistoryMode::keep);
  if (plan.broker) {
    live.max_tokens = text_of(plan.broker->caps.tokens);
    live.max_cost = plan.broker->caps.cost ? std::to_string(plan.broker->caps.cost->picodollars()) : "";
    live.max_requests = text_of(plan.broker->caps.requests);
    for (const auto& route : plan.broker->routes) {
      live.placeholders.push_back(route.name + " " + std::string(route.placeholder.view()));
    }
  }
  for (const auto& [guest, host] : plan.forwards) {
    live.forwards.push_back(std::to_string(guest.number()) + ":" + std::to_string(host.number()));
  }
}

void add_live_defaults(const LiveManifest& live, RunRequest& request) {
  if (!request.network) {
    request.network = parse_network_mode(live.network);
  }
  if (!request.credentials) {
    request.credentials = parse_credential_mode(live.credentials);
  }
  if (!request.caps.tokens) {
    request.caps.tokens = number_in(live.max_tokens);
  }
  if (!request.caps.requests) {
    request.caps.requests = number_in(live.max_requests);
  }
  if (const auto cost = number_in(live.max_cost); cost && !request.caps.cost) {
    request.caps.cost = Money::picodollars(*cost);
  }
  for (const auto& forward : live.forwards) {
    const auto colon = forward.find(':');
    const std::pair ports{Port::parse(forward.substr(0, colon)), Port::parse(colon == std::string::npos ? "" : forward.substr(colon + 1))};
    if (std::find(request.host_ports.begin(), request.host_ports.end(), ports) == request.host_ports.end()) {
      request.host_ports.push_back(ports);
    }
  }
  request.start = StartMethod::fork;
  if (live.history.empty()) {
    request.history = HistoryMode::none;
  }
  request.settings = SettingsMode::none;
}

void go_on_with(LiveManifest live, RunPlan& plan) {
  if (!plan.directories.mounts.empty()) {
    throw Error(ErrorKind::usage, "a session that goes on from a live snapshot can get no further directories",
                "leave --mount out, or start from the snapshot's disk alone: --cold");
  }
  for (const auto& entry : live.placeholders) {
    const auto space = entry.find(' ');
    const std::string name = entry.substr(0, space);
    BrokerRoute* known = nullptr;
    if (plan.broker) {
      const auto route = std::find_if(plan.broker->routes.begin(), plan.broker->routes.end(), [&](const auto& one) { return one.name == name; });
      known = route == plan.broker->routes.end() ? nullptr : &*route;
    }
    if (known != nullptr && space != std::string::npos) {
      known->placeholder = SecretText(std::string_view(entry).substr(space + 1));
    } else {
      plan.warnings.push_back("the session had a key for " + escape_untrusted(name, 80) + ", and this one has none: calls with it will be refused");
    }
  }
  plan.disk = live.disk_size;
  plan.live = std::move(live);
}

void require_can_be_saved(const RunPlan& plan, const Liveness& live, const std::string& session) {
  const auto reasons = what_keeps_from_saving(plan, live);
  if (reasons.empty()) {
    return;
  }
  throw Error(ErrorKind::usage, "session " + session + " cannot be saved while it runs: " + join(reasons, "; and "),
              "One that works on a copy of the project, for review, can be saved at any time:\n  " + session_that_can_be_saved(plan) +
                  "\nThe disk of this one can be kept at its end: --on-exit snapshot.");
}

}  // namespace agentbox
