// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "cli/secret_prompt.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "store/secret_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>

namespace agentbox {

namespace {

SecretStore secrets_of(const Application& application) { return SecretStore(application.directories.data / "secrets"); }

/// Which agents take which key.
std::map<std::string, std::vector<std::string>> users_of_keys(const Catalog& catalog) {
  std::map<std::string, std::vector<std::string>> users;
  for (const auto& name : catalog.agent_names()) {
    for (const auto& key : catalog.agent(name).keys) {
      users[key.name].push_back(name);
    }
  }
  return users;
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
  application.progress.note("No agent takes a key called " + name + "." +
                            (match.empty() ? "" : " Did you mean " + match + "?"));
}

}  // namespace

int execute(const SetSecret& options, const CommandContext& context) {
  const Application application = context.open();
  SecretStore::require_name(options.name);
  secrets_of(application)
      .set(options.name,
           read_secret(STDIN_FILENO, "Value of " + escape_untrusted(options.name, 80) + " (not shown): "));
  warn_if_unused(options.name, application);
  return 0;
}

int execute(const ListSecrets& options, const CommandContext& context) {
  const Application application = context.open();
  const auto users = users_of_keys(application.catalog);
  Listing listing{.heading = {"SECRET", "AGENTS"}, .rows = {}};
  for (const auto& name : secrets_of(application).names()) {
    const auto found = users.find(name);
    const auto agents = found == users.end() ? std::vector<std::string>{} : found->second;
    listing.rows.push_back({name, agents.empty() ? "-" : join(agents, ", ")});
    listing.json.push_back(nlohmann::ordered_json{{"name", name}, {"agents", agents}});
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const RemoveSecrets& options, const CommandContext& context) {
  SecretStore store = secrets_of(context.open());
  for (const auto& name : options.names) {
    if (!store.remove(name)) {
      throw Error(ErrorKind::usage, "no secret \"" + escape_untrusted(name, 80) + "\" is stored",
                  "See agentbox secret ls.");
    }
  }
  return 0;
}

}  // namespace agentbox
