// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/key_sources.hpp"

#include <cstdlib>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/key_command_run.hpp"

namespace agentbox {
namespace {

bool counts_in(const KeyCommand& key, const SecretId& id) {
  if (key.id.name != id.name || key.id.scope.agent != id.scope.agent ||
      key.id.scope.project.empty() != id.scope.project.empty()) {
    return false;
  }
  // The user wrote the path of the project as it is typed, perhaps through links.
  std::error_code unreadable;
  return id.scope.project.empty() || key.id.scope.project == id.scope.project ||
         std::filesystem::weakly_canonical(key.id.scope.project, unreadable) == id.scope.project;
}

}  // namespace

std::string to_string(KeyOrigin::Kind kind) {
  switch (kind) {
    case KeyOrigin::Kind::environment:
      return "environment";
    case KeyOrigin::Kind::command:
      return "command";
    case KeyOrigin::Kind::keyring:
      return "keyring";
    case KeyOrigin::Kind::file:
      break;
  }
  return "file";
}

std::string describe(const KeyOrigin& origin) {
  const std::string scope = origin.id.scope == SecretScope{} ? "" : ", for " + describe(origin.id.scope);
  switch (origin.kind) {
    case KeyOrigin::Kind::environment:
      return "the environment";
    case KeyOrigin::Kind::command:
      return "the command " + shell_join(origin.command) + scope;
    case KeyOrigin::Kind::keyring:
      return "the keyring" + scope;
    case KeyOrigin::Kind::file:
      break;
  }
  return "a file" + scope;
}

KeySources KeySources::of(const Application& application) {
  return {application.user_config.key_commands, SecretStore(application.directories.data / "secrets")};
}

std::optional<KeyOrigin> KeySources::locate(const std::string& name, const SecretScope& place) const {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') {
    return KeyOrigin{.kind = KeyOrigin::Kind::environment, .id = {.name = name, .scope = {}}, .command = {}};
  }
  for (const SecretScope& scope : scopes_at(place)) {
    if (auto origin = locate_in({.name = name, .scope = scope})) {
      return origin;
    }
  }
  return std::nullopt;
}

std::optional<KeyOrigin> KeySources::locate_in(const SecretId& id) const {
  for (const KeyCommand& key : commands_) {
    if (counts_in(key, id)) {
      return KeyOrigin{.kind = KeyOrigin::Kind::command, .id = id, .command = key.command};
    }
  }
  if (!is_secret_name(id.name)) {  // a profile may name variables in lower case, which nothing can be stored for
    return std::nullopt;
  }
  const auto entry = store_.find(id);
  if (!entry) {
    return std::nullopt;
  }
  const bool in_keyring = entry->place == SecretStore::Place::keyring;
  return KeyOrigin{.kind = in_keyring ? KeyOrigin::Kind::keyring : KeyOrigin::Kind::file, .id = id, .command = {}};
}

SecretText KeySources::fetch(const KeyOrigin& origin) const {
  switch (origin.kind) {
    case KeyOrigin::Kind::environment: {
      const char* value = std::getenv(origin.id.name.c_str());
      return SecretText(value != nullptr ? value : "");
    }
    case KeyOrigin::Kind::command:
      return run_key_command({.id = origin.id, .command = origin.command});
    case KeyOrigin::Kind::keyring:
      return store_.get({origin.id, SecretStore::Place::keyring});
    case KeyOrigin::Kind::file:
      break;
  }
  return store_.get({origin.id, SecretStore::Place::file});
}

}  // namespace agentbox
