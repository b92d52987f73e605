// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/credentials.hpp"

#include <cstdlib>

namespace agentbox {

std::vector<SessionVariable> find_keys(const AgentProfile& profile, const SecretStore& secrets) {
  return find_keys(profile.keys, secrets);
}

std::vector<SessionVariable> find_keys(const std::vector<KeyVariable>& keys, const SecretStore& secrets) {
  std::vector<SessionVariable> found;
  for (const auto& key : keys) {
    const char* value = std::getenv(key.name.c_str());
    if (value != nullptr && *value != '\0') {
      found.push_back({key.name, value, SessionVariable::Kind::secret});
    }
  }
  // A key in the environment is the user's word for this run: a stored one of another name must not compete with it.
  if (!found.empty()) {
    return found;
  }
  for (const auto& key : keys) {
    if (auto value = secrets.get(key.name)) {
      found.push_back({key.name, std::move(*value), SessionVariable::Kind::secret});
    }
  }
  return found;
}

MissingKey explain_missing_key(const AgentProfile& profile) {
  return explain_missing_key(profile.name, profile.keys);
}

MissingKey explain_missing_key(const std::string& whose, const std::vector<KeyVariable>& keys) {
  MissingKey missing{.message = "there is no key for " + whose + " on this host", .hint = "give it one of:"};
  for (const auto& key : keys) {
    missing.hint += "\n  export " + key.name + "=...   or   agentbox secret set " + key.name;
    if (!key.help.empty()) {
      missing.hint += "\n    (" + key.help + ")";
    }
  }
  return missing;
}

}  // namespace agentbox
