// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/egress_group.hpp"
#include "config/package_urls.hpp"
#include "config/policy.hpp"

#include <functional>
#include <string>
#include <vector>

namespace agentbox {

/// A policy's network section, made ready for the gateway.
struct ExpandedEgress {
  EgressRules rules;
  /// What the user should know, for `policy show` and --dry-run: "group npm: nothing is configured, so it allows
  /// nothing".
  std::vector<std::string> notes;
};

/// Replaces groups by their rules and computed groups by what the host's package managers are configured to use.
/// find_group is Catalog::egress_group or a test's own; its errors pass through. Pure otherwise.
ExpandedEgress expand_egress(const Policy& policy, const std::function<EgressGroup(const std::string&)>& find_group,
                             const PackageUrls& urls);

}  // namespace agentbox
