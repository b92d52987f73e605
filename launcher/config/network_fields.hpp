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
/// "3000": the same port on both sides; "8080:80": host, guest. Throws Error{usage}.
PublishedPort parse_published_port(const std::string& text);
/// Everything of a policy's network section but its mode.
NetworkAccess read_network_access(const YamlMapping& fields);

}  // namespace agentbox
