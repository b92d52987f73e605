// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/agent_profile.hpp"
#include "session/run_plan.hpp"
#include "store/secret_store.hpp"

namespace agentbox {

/// The keys that a profile names, as far as the host has them: from the environment, else from the secret store. Nothing
/// that the profile does not name is ever looked at.
std::vector<SessionVariable> find_keys(const AgentProfile& profile, const SecretStore& secrets);

/// The same for keys of any kind: the environment's first, all of them in the order of keys.
std::vector<SessionVariable> find_keys(const std::vector<KeyVariable>& keys, const SecretStore& secrets);

/// "no key for claude: set ANTHROPIC_API_KEY (...)" with every way there is, for a warning or an error.
struct MissingKey {
  std::string message;
  std::string hint;
};
MissingKey explain_missing_key(const AgentProfile& profile);
MissingKey explain_missing_key(const std::string& whose, const std::vector<KeyVariable>& keys);

}  // namespace agentbox
