// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"
#include "config/yaml/node.hpp"

namespace agentbox {

/// Reads everything in an agent's profile that names a variable: keys, base URLs, the model's, and the environments,
/// those that go with a key or with a permission mode included. In no session may one name mean two things (say, a key
/// and a fixed value): which one counts would be decided by the order of some loop. Throws Error{config}.
void read_variables(const YamlMapping& fields, AgentProfile& profile);

/// skip-permissions, ask-permissions: a list of arguments, or {arguments, environment}. For the profile's own keys; the
/// environment is read by read_variables().
std::vector<std::string> read_permission_arguments(const YamlNode& node);

}  // namespace agentbox
