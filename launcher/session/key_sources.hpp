// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/key_command.hpp"
#include "core/secret_id.hpp"
#include "core/secret_text.hpp"
#include "session/application.hpp"
#include "store/secret_store.hpp"

namespace agentbox {

/// Where a key comes from, without its value: fit for --dry-run and messages.
struct KeyOrigin {
  enum class Kind { environment, command, keyring, file } kind = Kind::environment;
  SecretId id;                       ///< its scope is where this key counts, not where it was looked up for
  std::vector<std::string> command;  ///< of Kind::command

  friend bool operator==(const KeyOrigin&, const KeyOrigin&) = default;
};

/// "the environment"; "a file, for claude in /home/u/x"; "the command pass show x". Not escaped.
std::string describe(const KeyOrigin& origin);
/// "environment", "command", "keyring", "file": for programs.
std::string to_string(KeyOrigin::Kind kind);

/// All places of the host that can have a key: its environment, the commands of config.yaml, the stored ones. For keys of
/// every kind, model services' and others': a key is named by its variable (ANTHROPIC_API_KEY, GH_TOKEN).
///
/// The order: the environment, the user's word for this run; then the most specific scope (see scopes_at()), and within
/// a scope a command before a stored key. The first one that there is counts: should it fail to give its value, that is an
/// error, never a reason to take the next one, which may be another account's.
class KeySources {
 public:
  KeySources(std::vector<KeyCommand> commands, SecretStore store)
      : commands_(std::move(commands)), store_(std::move(store)) {}
  static KeySources of(const Application& application);

  /// Looks, but runs nothing, asks nobody and reads no value. place.project is canonical (RunPlan::project), or empty.
  [[nodiscard]] std::optional<KeyOrigin> locate(const std::string& name, const SecretScope& place) const;

  /// The value. May run a command, which may ask its user for something on the terminal (so the terminal must not be in raw
  /// mode), or wait for a keyring to be unlocked. Throws Error{environment} without the value in it, and Interrupted.
  [[nodiscard]] SecretText fetch(const KeyOrigin& origin) const;

 private:
  [[nodiscard]] std::optional<KeyOrigin> locate_in(const SecretId& id) const;

  std::vector<KeyCommand> commands_;
  SecretStore store_;
};

}  // namespace agentbox
