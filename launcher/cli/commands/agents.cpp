// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/agents.hpp"

#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

std::string shown_version(const std::string& version) { return version.empty() ? "installed" : version; }

Json json_of(const std::vector<InstalledAgent>& installed) {
  Json list = Json::array();
  for (const auto& one : installed) {
    list.push_back(Json{{"base", one.base}, {"version", one.version}, {"created", one.created}});
  }
  return list;
}

std::string installed_text(const AgentProfile& agent, const std::vector<InstalledAgent>& installed) {
  if (installed.empty()) {
    return agent.install.empty() ? "with the base " + agent.base
                                 : "no; its first run builds " + agent.base + "+" + agent.name;
  }
  std::string text;
  for (const auto& one : installed) {
    text += shown_version(one.version) + " in " + one.base + ", built " + one.created + "\n";
  }
  return text;
}

std::string key_text(const KeyVariable& key) {
  return key.name + " (" + key.help + "), " +
         (key.provider.empty() ? "which enters the VM: --credentials direct" : "brokered to " + key.provider) + "\n";
}

std::string model_service_text(const AgentProfile& agent) {
  std::string text = agent.default_base_url;
  text += agent.base_url_variable.empty() ? "" : ", or " + agent.base_url_variable + "\n";
  for (const auto& key : agent.keys) {
    text += key.base_url_variable.empty()
                ? ""
                : "with " + key.name + ": " + key.default_base_url + ", or " + key.base_url_variable + "\n";
  }
  return text;
}

std::string model_text(const AgentProfile& agent) {
  std::string text;
  for (const auto& key : agent.keys) {
    text += key.model.empty() ? "" : "with " + key.name + ": " + key.model + "\n";
  }
  return text + (agent.model_variable.empty() ? "" : "or what " + agent.model_variable + " says");
}

std::string groups_text(const AgentProfile& agent) {
  std::string text = join(agent.network_groups, " ") + "\n";
  for (const auto& key : agent.keys) {
    text += key.network_groups.empty() ? "" : "with " + key.name + ": " + join(key.network_groups, " ") + "\n";
  }
  return text;
}

std::string seed_text(const SeedFile& seed) {
  return "~/" + seed.path + (!seed.keys ? "" : seed.keys->empty() ? " without a key" : " with " + join(*seed.keys, ", ")) +
         (!seed.permissions                        ? ""
          : *seed.permissions == Permissions::skip ? " without --ask"
                                                   : " with --ask") +
         "\n";
}

std::string permissions_text(const PermissionMode& mode) {
  std::string text = shell_join(mode.arguments) + "\n";
  for (const auto& [name, value] : mode.environment) {
    text += name + "=" + value + "\n";
  }
  return text;
}

std::string state_text(const AgentProfile& agent) {
  std::string text;
  for (const auto& state : agent.state) {
    text += "~/" + state.path + (state.kind == StatePath::Kind::directory ? "/" : "") + "\n";
  }
  return text + (agent.state_use == AgentProfile::StateUse::one_session ? "by one session at a time" : "");
}

std::string settings_text(const AgentProfile& agent) {
  std::string text;
  for (const auto& file : agent.settings.files) {
    text += "~/" + file.path + (file.kind == StatePath::Kind::directory ? "/" : "") + "\n";
  }
  for (const auto& chosen : agent.settings.chosen) {
    text += "~/" + chosen.path + ": " + join(chosen.keys, ", ") + "\n";
  }
  for (const auto& moved : agent.settings.moved) {
    text += "or where " + moved.variable + " says\n";
  }
  return text;
}

std::string version_text(const AgentProfile& agent, const Application& application) {
  if (agent.install.empty()) {
    return {};
  }
  return agent.version + (application.user_config.agent_versions.contains(agent.name) ? " (config.yaml)" : "");
}

Fields fields_of(const AgentProfile& agent, const Application& application) {
  std::string keys;
  for (const auto& key : agent.keys) {
    keys += key_text(key);
  }
  std::string seeds;
  for (const auto& seed : agent.seed) {
    seeds += seed_text(seed);
  }
  return {{"agent", agent.name},
          {"description", agent.description},
          {"profile", agent.source.string()},
          {"tried with", agent.tested.empty() ? "no version: the profile follows documentation" : agent.tested},
          {"installed", installed_text(agent, installations(agent, application))},
          {"version", version_text(agent, application)},
          {"size", agent.size ? "about " + agent.size->to_string() : ""},
          {"base", agent.base},
          {"install", join(install_steps(agent), "\n")},
          {"command", shell_join(agent.command)},
          {"without prompts", permissions_text(agent.skip_permissions)},
          {"with --ask", permissions_text(agent.ask_permissions)},
          {"one task", agent.headless.empty() ? "" : "agentbox " + agent.name + " " + shell_join(agent.headless)},
          {"go on", agent.resume.empty() ? "" : "agentbox " + agent.name + " " + shell_join(agent.resume)},
          {"key, one of", keys},
          {"key needed", agent.key_required ? "yes" : "no"},
          {"model service", model_service_text(agent)},
          {"model", model_text(agent)},
          {"handed on", join(agent.pass_environment, " ")},
          {"allowed hosts", groups_text(agent)},
          {"seed files", seeds},
          {"of your own", settings_text(agent)},
          {"kept", state_text(agent)},
          {"note", join(agent.notes, "\n")}};
}

Json json_of(const PermissionMode& mode) { return {{"arguments", mode.arguments}, {"environment", mode.environment}}; }

Json keys_json(const AgentProfile& agent) {
  Json keys = Json::array();
  for (const auto& key : agent.keys) {
    const std::string variable = key.base_url_variable.empty() ? agent.base_url_variable : key.base_url_variable;
    keys.push_back(
        Json{{"name", key.name}, {"provider", key.provider}, {"base_url_variable", variable}, {"model", key.model}});
  }
  return keys;
}

Json json_of(const AgentProfile& agent, const Application& application) {
  Json state = Json::array();
  for (const auto& one : agent.state) {
    state.push_back(one.path);
  }
  Json files = Json::array();
  for (const auto& one : agent.settings.files) {
    files.push_back(one.path);
  }
  Json chosen = Json::array();
  for (const auto& one : agent.settings.chosen) {
    chosen.push_back({{"path", one.path}, {"keys", one.keys}});
  }
  Json moved = Json::array();
  for (const auto& one : agent.settings.moved) {
    moved.push_back({{"variable", one.variable}, {"places", one.places}});
  }
  return {{"name", agent.name},
          {"description", agent.description},
          {"profile", agent.source.string()},
          {"tested", agent.tested},
          {"installed", json_of(installations(agent, application))},
          {"version", agent.version},
          {"base", agent.base},
          {"install", install_steps(agent)},
          {"command", agent.command},
          {"skip_permissions", json_of(agent.skip_permissions)},
          {"ask_permissions", json_of(agent.ask_permissions)},
          {"headless", agent.headless},
          {"resume", agent.resume},
          {"keys", keys_json(agent)},
          {"key_required", agent.key_required},
          {"base_url_variable", agent.base_url_variable},
          {"default_base_url", agent.default_base_url},
          {"model_variable", agent.model_variable},
          {"environment", agent.environment},
          {"environment_without_terminal", agent.environment_without_terminal},
          {"pass_environment", agent.pass_environment},
          {"network_groups", agent.network_groups},
          {"settings", {{"files", files}, {"chosen", chosen}, {"moved", moved}}},
          {"state", state},
          {"notes", agent.notes}};
}

std::string update_text(const UpdatedAgent& agent) {
  const std::string change = agent.before == agent.after
                                 ? agent.after + ", as before"
                                 : shown_version(agent.before) + " -> " + shown_version(agent.after);
  return escape_untrusted(agent.agent + " " + change + " (" + agent.base + ")") + "\n";  // the versions are a guest's
}

}  // namespace

int execute(const ListAgents& options, const CommandContext& context) {
  const Application application = context.open();
  Listing listing{.heading = {"AGENT", "INSTALLED", "DESCRIPTION"}, .rows = {}};
  for (const auto& name : application.catalog.agent_names()) {
    std::string description;
    std::vector<InstalledAgent> installed;
    Json problem;
    try {
      const AgentProfile agent = application.catalog.agent(name);
      description = agent.description;
      installed = installations(agent, application);
    } catch (const Error& error) {  // must not hide the others
      description = std::string("(") + error.what() + ")";
      problem = error.what();
    }
    listing.rows.push_back({name, installed.empty() ? "-" : shown_version(installed.front().version), description});
    listing.json.push_back(
        Json{{"name", name}, {"installed", json_of(installed)}, {"description", description}, {"problem", problem}});
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const ShowAgent& options, const CommandContext& context) {
  const Application application = context.open();
  const AgentProfile agent = application.catalog.agent(options.name);
  print(options.format == Format::json ? format_json(json_of(agent, application))
                                       : format_fields(fields_of(agent, application)));
  return 0;
}

int execute(const UpdateAgents& options, const CommandContext& context) {
  const Application application = context.open();
  if (options.confinement == Confinement::none) {
    context.progress.note("QEMU runs unconfined: a guest that breaks out of it has all your rights.");
  }
  const auto updated = update_agents(options.names, application.image_context(options.confinement, options.host_ca));
  context.progress.finish();
  std::string text;
  for (const auto& agent : updated) {
    text += update_text(agent);
  }
  print(text);
  return 0;
}

}  // namespace agentbox
