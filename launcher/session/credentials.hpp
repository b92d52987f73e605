// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/agent_profile.hpp"
#include "session/key_sources.hpp"

namespace agentbox {

/// A key of an agent, under the name that the agent knows it by.
struct AgentKey {
  std::string name;
  SecretText value;
};

/// The keys of these names, as far as the host has them for this place: those of the environment alone, when there are any;
/// else those of commands and stores, the most specific scope first, in the order of keys within a scope. Nothing that is not
/// named is ever looked at. No value is read: see KeySources::fetch().
std::vector<KeyOrigin> locate_keys(const std::vector<KeyVariable>& keys, const SecretScope& place, const KeySources& sources);

/// "no key for claude: set ANTHROPIC_API_KEY (...)" with every way there is, for a warning or an error.
struct MissingKey {
  std::string message;
  std::string hint;
};
MissingKey explain_missing_key(const AgentProfile& profile);
MissingKey explain_missing_key(const std::string& whose, const std::vector<KeyVariable>& keys);

}  // namespace agentbox
