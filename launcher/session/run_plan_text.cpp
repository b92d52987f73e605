// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "egress/rules_json.hpp"
#include "session/run_plan.hpp"

namespace agentbox {
namespace {

using nlohmann::json;

constexpr const char* hidden = "(hidden)";

std::string shown_value(const SessionVariable& variable) {
  return variable.kind == SessionVariable::Kind::secret ? hidden : variable.value;
}

std::string forward_text(const std::pair<Port, Port>& forward) {
  return "guest 127.0.0.1:" + std::to_string(forward.first.number()) + " -> host 127.0.0.1:" +
         std::to_string(forward.second.number());
}

std::string credentials_text(const RunPlan& plan) {
  const BrokerRoute* model = plan.broker ? model_route(*plan.broker) : nullptr;
  return to_string(plan.credentials) + (model != nullptr ? ", to " + model->upstream.to_string() : std::string());
}

/// The routes to git hosting services.
std::vector<const BrokerRoute*> git_routes(const RunPlan& plan) {
  std::vector<const BrokerRoute*> routes;
  if (plan.broker) {
    for (const auto& route : plan.broker->routes) {
      if (route.git) {
        routes.push_back(&route);
      }
    }
  }
  return routes;
}

json model_service(const RunPlan& plan) {
  const BrokerRoute* model = plan.broker ? model_route(*plan.broker) : nullptr;
  return model != nullptr ? json(model->upstream.to_string()) : json(nullptr);
}

json git_json(const RunPlan& plan) {
  json services = json::object();
  for (const BrokerRoute* route : git_routes(plan)) {
    services[route->name] = describe(*route->git);
  }
  return services;
}

std::string network_text(const RunPlan& plan) {
  switch (plan.asking) {
    case NetworkAsking::on_terminal:
      return to_string(plan.network) + ", asking about further hosts";
    case NetworkAsking::no_terminal:
      return to_string(plan.network) + ", asking nothing: there is no terminal";
    case NetworkAsking::never:
      break;
  }
  return to_string(plan.network);
}

std::string git_writes_text(const PlannedGit& git) {
  switch (git.writes) {
    case PlannedGit::Writes::to_host:
      return "but for hooks and settings it can be written";
    case PlannedGit::Writes::to_layer:
      return "what is written stays in the VM";
    case PlannedGit::Writes::nowhere:
      break;
  }
  return "read-only";
}

std::string mount_text(const PlannedDirectory& mount) {
  return mount.host.string() + (mount.guest == mount.host ? "" : " at " + mount.guest.string()) +
         (mount.access == WorkspaceExport::Access::read_only ? ", read-only" : "");
}

json mounts_json(const RunPlan& plan) {
  json mounts = json::array();
  for (const auto& mount : plan.directories.mounts) {
    mounts.push_back({{"host", mount.host.string()},
                      {"guest", mount.guest.string()},
                      {"read_only", mount.access == WorkspaceExport::Access::read_only}});
  }
  return mounts;
}

json hot_json(const RunPlan& plan) {
  json paths = json::array();
  for (const auto& one : plan.hot.directories) {
    paths.push_back(one.path);
  }
  return {{"directories", paths}, {"state", to_string(plan.hot.state)}};
}

json history_json(const RunPlan& plan) {
  json paths = json::array();
  for (const auto& [path, kind] : plan.directories.history.state) {
    paths.push_back(path);
  }
  return paths;
}

json settings_json(const RunPlan& plan) {
  json files = json::array();
  for (const auto& [guest, host] : plan.directories.settings) {
    files.push_back(guest.path);
  }
  json chosen = json::array();
  for (const auto& [path, keys] : plan.chosen_settings) {
    chosen.push_back({{"path", path}, {"keys", keys}});
  }
  return {{"files", files}, {"chosen", chosen}};
}

std::string terminal_text(const RunPlan& plan) {
  if (!plan.terminal) {
    return "UNFILTERED: it obeys all that the VM writes";
  }
  std::vector<std::string> parts;
  if (plan.terminal->titles == TerminalRules::Titles::show) {
    parts.emplace_back("titles");
  }
  if (plan.terminal->hyperlinks == TerminalRules::Hyperlinks::show) {
    parts.emplace_back("hyperlinks");
  }
  if (plan.terminal->clipboard == TerminalRules::Clipboard::write) {
    parts.emplace_back("writes to the clipboard");
  }
  parts.push_back("notifications: " + to_string(plan.terminal->notifications));
  if (plan.pasted_images == TerminalRules::PastedImages::hand_over) {
    parts.emplace_back("pasted images go into the VM");
  }
  return join(parts, ", ");
}

json terminal_json(const RunPlan& plan) {
  if (!plan.terminal) {
    return nullptr;
  }
  return {{"titles", plan.terminal->titles == TerminalRules::Titles::show},
          {"hyperlinks", plan.terminal->hyperlinks == TerminalRules::Hyperlinks::show},
          {"clipboard", to_string(plan.terminal->clipboard)},
          {"notifications", to_string(plan.terminal->notifications)},
          {"paste_images", plan.pasted_images == TerminalRules::PastedImages::hand_over}};
}

std::string command_text(const RunPlan& plan) {
  return plan.command.empty() ? "(login shell)" : shell_join(plan.command);
}

}  // namespace

std::string describe(const RunPlan& plan) {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    constexpr std::size_t column = 12;
    text += name + std::string(name.size() < column ? column - name.size() : 1, ' ') +
            escape_untrusted(value, 64 * 1024) + "\n";
  };
  line("command", command_text(plan));
  line("workspace", to_string(plan.workspace) + (plan.project.empty() ? "" : " " + plan.project.string()));
  for (const auto& one : plan.hot.directories) {
    line("  hot", one.path + (plan.hot.state == HotState::keep ? ", kept" : ""));
  }
  if (plan.directories.git) {
    line("  git", plan.directories.git->common.string() + ", " + git_writes_text(*plan.directories.git));
  }
  for (const auto& mount : plan.directories.mounts) {
    line("  mount", mount_text(mount));
  }
  for (const auto& [path, kind] : plan.directories.history.state) {
    line("  history", "~/" + path);
  }
  for (const auto& [guest, host] : plan.directories.settings) {
    line("  settings", "~/" + guest.path + (host.prefix == "~/" ? "" : " (" + host.shown() + " on this machine)") + ", a copy, read-only");
  }
  for (const auto& [path, keys] : plan.chosen_settings) {
    line("  settings", "~/" + path + ": " + join(keys, ", "));
  }
  line("base", plan.base);
  if (plan.resume_snapshot) {
    line("snapshot", *plan.resume_snapshot);
  }
  line("policy", plan.policy);
  for (const auto& [key, value] : plan.project_file) {
    line("  project", key + ": " + value);
  }
  line("machine", std::to_string(plan.cpus) + " CPUs, " + plan.memory.to_string() + " memory, " +
                      plan.disk.to_string() + " disk, " + (plan.start == StartMethod::fork ? "forked" : "booted cold"));
  line("network", network_text(plan));
  for (const auto& rule : plan.egress.deny) {
    line("  deny", rule.text());
  }
  for (const auto& rule : plan.egress.allow) {
    line("  allow", rule.text());
  }
  for (const auto& rule : plan.egress.lan) {
    line("  allow", rule.text());
  }
  line("credentials", credentials_text(plan));
  for (const auto& key : plan.keys) {
    line("  key", key.id.name + " from " + describe(key));
  }
  for (const BrokerRoute* route : git_routes(plan)) {
    line("  git", route->name + ": " + describe(*route->git));
  }
  line("terminal", terminal_text(plan));
  if (plan.recording) {
    line("recording", plan.recording->empty() ? "by the session's name" : plan.recording->string());
  }
  if (plan.timeout) {
    line("time limit", format_duration(*plan.timeout));
  }
  if (plan.max_time) {
    line("whole run", "at most " + format_duration(*plan.max_time));
  }
  for (const auto& rule : plan.artifacts) {
    line("artifacts", rule.pattern + " -> " + rule.directory.string());
  }
  line("on exit", to_string(plan.on_exit) + (plan.snapshot_name.empty() ? "" : " as " + plan.snapshot_name));
  for (const auto& forward : plan.forwards) {
    line("forward", forward_text(forward));
  }
  for (const auto& [host, guest] : plan.published) {
    line("publish", fmt::format("127.0.0.1:{} -> VM localhost:{}", host, guest));
  }
  for (const auto& variable : plan.environment) {
    line("environment", variable.name + "=" + shown_value(variable));
  }
  for (const auto& seed : plan.seed) {
    line("seed file", "~/" + seed.path);
  }
  if (plan.confinement == Confinement::none) {
    line("confinement", "NONE: QEMU runs with all your rights");
  } else if (plan.confinement == Confinement::landlock) {
    line("confinement", "Landlock and seccomp");
  }
  return text;
}

std::string describe_json(const RunPlan& plan) {
  json environment = json::object();
  for (const auto& variable : plan.environment) {
    environment[variable.name] =
        variable.kind == SessionVariable::Kind::secret ? json(nullptr) : json(variable.value);
  }
  json forwards = json::array();
  for (const auto& [guest, host] : plan.forwards) {
    forwards.push_back({{"guest", guest.number()}, {"host", host.number()}});
  }
  json published = json::array();
  for (const auto& [host, guest] : plan.published) {
    published.push_back({{"host", host}, {"guest", guest}});
  }
  json seeds = json::array();
  for (const auto& seed : plan.seed) {
    seeds.push_back(seed.path);
  }
  json keys = json::array();
  for (const auto& key : plan.keys) {
    keys.push_back({{"name", key.id.name},
                    {"from", to_string(key.kind)},
                    {"agent", key.id.scope.agent},
                    {"project", key.id.scope.project.string()},
                    {"command", key.command}});
  }
  json project_file = json::array();
  for (const auto& [key, wanted] : plan.project_file) {
    project_file.push_back({{"key", key}, {"value", wanted}});
  }
  json value = {{"label", plan.label},
                {"command", plan.command},
                {"workspace", to_string(plan.workspace)},
                {"hot", hot_json(plan)},
                {"mounts", mounts_json(plan)},
                {"git_directory", plan.directories.git ? json(plan.directories.git->common.string()) : json(nullptr)},
                {"history", history_json(plan)},
                {"settings", settings_json(plan)},
                {"project", plan.project.string()},
                {"base", plan.base},
                {"policy", plan.policy},
                {"project_file", project_file},
                {"cpus", plan.cpus},
                {"memory", plan.memory.bytes()},
                {"disk", plan.disk.bytes()},
                {"network", to_string(plan.network)},
                {"egress", to_json(plan.egress)},
                {"asking", plan.asking == NetworkAsking::on_terminal},
                {"credentials", to_string(plan.credentials)},
                {"keys", keys},
                {"model_service", model_service(plan)},
                {"git", git_json(plan)},
                {"terminal", terminal_json(plan)},
                {"recording", plan.recording ? json(plan.recording->string()) : json(nullptr)},
                {"on_exit", to_string(plan.on_exit)},
                {"start", plan.start == StartMethod::fork ? "fork" : "cold"},
                {"confined", plan.confinement != Confinement::none},
                {"confinement", to_string(plan.confinement)},
                {"user", plan.user},
                {"environment", environment},
                {"forwards", forwards},
                {"published", published},
                {"seed", seeds},
                {"warnings", plan.warnings}};
  value["timeout"] = plan.timeout ? json(plan.timeout->count()) : json(nullptr);
  value["max_time"] = plan.max_time ? json(plan.max_time->count()) : json(nullptr);
  value["artifacts"] = json::array();
  for (const auto& rule : plan.artifacts) {
    value["artifacts"].push_back({{"pattern", rule.pattern}, {"directory", rule.directory.string()}});
  }
  value["snapshot"] = plan.resume_snapshot ? json(*plan.resume_snapshot) : json(nullptr);
  return value.dump(2, ' ', true, json::error_handler_t::replace);
}

}  // namespace agentbox
