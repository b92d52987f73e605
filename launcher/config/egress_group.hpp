// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/egress_rules.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// Where a package manager is configured to load from. No host's name is written down for these: a mirror, a company's
/// own registry and the usual one are all the same, whatever is configured on this host.
enum class PackageSource { npm, pypi, debian, crates, go };
std::string to_string(PackageSource source);
/// Throws Error{usage} with the known words.
PackageSource parse_package_source(const std::string& text);

/// A named set of hosts that policies refer to: policies/groups/NAME.yaml. A pure value.
struct EgressGroup {
  std::string name;
  std::string description;
  std::vector<EgressRule> allow;
  std::optional<PackageSource> computed;  ///< and the hosts that this is configured to use
};

}  // namespace agentbox
