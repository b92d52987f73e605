// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/credentials.hpp"

#include <algorithm>

namespace agentbox {
namespace {

bool is_from_environment(const KeyOrigin& origin) { return origin.kind == KeyOrigin::Kind::environment; }

}  // namespace

std::vector<KeyOrigin> locate_keys(const std::vector<KeyVariable>& keys, const SecretScope& place, const KeySources& sources) {
  std::vector<KeyOrigin> found;
  for (const auto& key : keys) {
    if (auto origin = sources.locate(key.name, place)) {
      found.push_back(std::move(*origin));
    }
  }
  // A key in the environment is the user's word for this run: a stored one of another name must not compete with it.
  if (std::any_of(found.begin(), found.end(), is_from_environment)) {
    std::erase_if(found, [](const KeyOrigin& origin) { return !is_from_environment(origin); });
    return found;
  }
  const auto scopes = scopes_at(place);
  const auto rank = [&](const KeyOrigin& origin) { return std::find(scopes.begin(), scopes.end(), origin.id.scope); };
  std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
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
