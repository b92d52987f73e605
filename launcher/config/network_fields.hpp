// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/policy.hpp"
#include "config/yaml/node.hpp"

#include <vector>

namespace agentbox {

// Field types of network rules. All throw Error{config} with the place.

/// "host", "*.host:22,443", or a mapping {host, ports, methods, paths}.
EgressRule read_egress_rule(const YamlNode& node);
/// A list of them, none twice.
std::vector<EgressRule> read_egress_rules(const YamlNode& node);
/// Everything of a policy's network section but its mode.
NetworkAccess read_network_access(const YamlMapping& fields);

}  // namespace agentbox
