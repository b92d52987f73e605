// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/options/split.hpp"
#include "cli/output.hpp"
#include "cli/secret_prompt.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "store/secret_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace agentbox {

namespace {

SecretStore secrets_of(const Application& application) { return SecretStore(application.directories.data / "secrets"); }

/// Which agents, and which git hosts, take which key.
std::map<std::string, std::vector<std::string>> users_of_keys(const Catalog& catalog) {
  std::map<std::string, std::vector<std::string>> users;
  for (const auto& name : catalog.agent_names()) {
    for (const auto& key : catalog.agent(name).keys) {
      users[key.name].push_back(name);
    }
  }
  for (const auto& name : catalog.git_host_names()) {
    for (const auto& key : catalog.git_host(name).keys) {
      users[key.name].push_back("git at " + name);
    }
  }
  return users;
}

const char* name_of(SecretStore::Place place) { return place == SecretStore::Place::keyring ? "keyring" : "file"; }

/// The scope that the user named, for a directory that need not exist any more.
SecretScope scope_of(const ScopeOptions& options) {
  SecretScope scope;
  if (options.agent) {
    if (!is_plain_name(*options.agent)) {
      throw Error(ErrorKind::usage, "--agent: \"" + escape_untrusted(*options.agent, 80) + "\" is not an agent's name");
    }
    scope.agent = *options.agent;
  }
  if (options.project) {
    const char* home = std::getenv("HOME");
    const auto named = std::filesystem::absolute(expand_home(*options.project, home == nullptr ? "" : home));
    scope.project = std::filesystem::weakly_canonical(named);
    if (!scope.project.has_filename()) {  // of a directory that is gone: "/x/y/"
      scope.project = scope.project.parent_path();
    }
  }
  return scope;
}

/// For a key that is to be stored, both must be there: a slip would only be noticed when the agent asks for a login.
void require_scope(const SecretScope& scope, const Catalog& catalog) {
  if (!scope.agent.empty()) {
    static_cast<void>(catalog.agent(scope.agent));
  }
  if (!scope.project.empty() && !std::filesystem::is_directory(scope.project)) {
    throw Error(ErrorKind::usage, "--project: " + escape_untrusted(scope.project.string()) + " is not a directory");
  }
}

/// A key that no agent takes is most likely a slip, and would only be noticed when the agent asks for a login.
void warn_if_unused(const std::string& name, const Application& application) {
  const auto users = users_of_keys(application.catalog);
  if (users.contains(name)) {
    return;
  }
  std::vector<std::string> known;
  for (const auto& [key, agents] : users) {
    known.push_back(key);
  }
  const std::string match = closest_match(name, known);
  application.progress.note("Neither an agent nor a git host takes a key called " + name + "." +
                            (match.empty() ? "" : " Did you mean " + match + "?"));
}

}  // namespace

int execute(const SetSecret& options, const CommandContext& context) {
  const Application application = context.open();
  SecretStore::require_name(options.name);
  const SecretId id{.name = options.name, .scope = scope_of(options.scope)};
  require_scope(id.scope, application.catalog);
  SecretStore store = secrets_of(application);
  const SecretText value = ask_for_secret(STDIN_FILENO, "Value of " + escape_untrusted(options.name, 80) + " (not shown): ");
  const auto stored = store.set(id, value, options.store.value_or(application.user_config.secret_store));
  if (!stored.left_behind.empty()) {
    application.progress.note("An older value is left in the keyring, where agentbox does not use it any more: " +
                              stored.left_behind);
  }
  warn_if_unused(options.name, application);
  return 0;
}

int execute(const ListSecrets& options, const CommandContext& context) {
  const Application application = context.open();
  const auto users = users_of_keys(application.catalog);
  Listing listing{.heading = {"SECRET", "FOR", "STORE", "AGENTS"}, .rows = {}};
  for (const auto& [id, place] : secrets_of(application).list()) {
    const auto found = users.find(id.name);
    const auto agents = found == users.end() ? std::vector<std::string>{} : found->second;
    const std::string scope = describe({id.scope.agent, abbreviate_home(id.scope.project.string())});
    listing.rows.push_back({id.name, scope, name_of(place), agents.empty() ? "-" : join(agents, ", ")});
    listing.json.push_back(nlohmann::ordered_json{{"name", id.name},
                                                  {"agent", id.scope.agent},
                                                  {"project", id.scope.project.string()},
                                                  {"store", name_of(place)},
                                                  {"agents", agents}});
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const RemoveSecrets& options, const CommandContext& context) {
  SecretStore store = secrets_of(context.open());
  const SecretScope scope = scope_of(options.scope);
  for (const auto& name : options.names) {
    if (!store.remove({.name = name, .scope = scope})) {
      const std::string place = scope == SecretScope{} ? "" : " for " + describe(scope);
      throw Error(ErrorKind::usage, "no secret \"" + escape_untrusted(name, 80) + "\" is stored" + escape_untrusted(place),
                  "See agentbox secret ls; what is for one agent or project only is removed by --agent and --project.");
    }
  }
  return 0;
}

}  // namespace agentbox
