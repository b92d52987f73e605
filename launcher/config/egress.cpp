// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/egress.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "egress/check_url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

/// One rule per distinct host and port.
void add_rule(std::vector<EgressRule>& rules, EgressRule rule) {
  if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(std::move(rule));
}

void add_configured_hosts(ExpandedEgress& egress, const EgressGroup& group, const std::vector<std::string>& urls) {
  if (urls.empty()) {
    egress.notes.push_back(fmt::format("group {}: nothing is configured on this host for {}, so it allows nothing more",
                                       group.name, to_string(*group.computed)));
  }
  for (const std::string& url : urls) {
    const auto request = request_for_url(url);
    if (!request || !request->name) {
      egress.notes.push_back(
          fmt::format("group {}: \"{}\" names no host that a rule can name; see \"lan\" for addresses", group.name,
                      escape_untrusted(url, 120)));
      continue;
    }
    add_rule(egress.rules.allow,
             {.host = HostPattern::parse(request->name->text()), .ports = {request->port}, .origin = group.name});
  }
}

}  // namespace

ExpandedEgress expand_egress(const Policy& policy, const std::function<EgressGroup(const std::string&)>& find_group,
                             const PackageUrls& urls) {
  ExpandedEgress egress;
  egress.rules = {
      .mode = policy.network, .allow = policy.access.allow, .deny = policy.access.deny, .lan = policy.access.lan};
  for (const std::string& name : policy.access.groups) {
    const EgressGroup group = find_group(name);
    for (EgressRule rule : group.allow) {
      rule.origin = group.name;
      add_rule(egress.rules.allow, std::move(rule));
    }
    if (group.computed) {
      const auto configured = urls.find(*group.computed);
      add_configured_hosts(egress, group, configured == urls.end() ? std::vector<std::string>{} : configured->second);
    }
  }
  return egress;
}

}  // namespace agentbox
