// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"
#include "config/policy.hpp"
#include "config/price_table.hpp"
#include "config/provider.hpp"
#include "gateway/broker/plan.hpp"
#include "session/credentials.hpp"
#include "session/run_plan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What the broker's plan is made of. All looked up by the caller; nothing here reads the host.
struct BrokerInputs {
  const AgentProfile& profile;
  const KeyVariable* variable = nullptr;  ///< the profile's that the session has; none: there is nothing to broker
  std::optional<AgentKey> key;        ///< its value, if the host has one
  UsageCaps caps;
  std::optional<std::string> host_base_url;  ///< value of its base URL's variable on the host
  std::string broker_url;                    ///< where the guest finds the broker: http://10.0.2.2:8080
  std::string ca_file;                       ///< the host's SSL_CERT_FILE, or empty
  PriceTable prices;
  std::function<Provider(const std::string&)> provider;  ///< Catalog::provider
  std::function<std::string()> random;                   ///< 32 hexadecimal digits, new each time: random_hex(16)
};

/// What a session under `credentials: {mode: brokered}` gets instead of keys.
struct BrokerSetup {
  BrokerPlan plan;                           ///< without a route when there is nothing to broker
  std::vector<SessionVariable> environment;  ///< placeholder and base URL, under the names that the agent knows
  std::string base_url;                      ///< {base_url} of seed files
  std::string key;                           ///< {key}: the placeholder
  std::vector<std::string> warnings;
};

/// Pure. One route, for one key: an agent has one base URL, and two keys would compete. With a
/// base URL of the host's and no key (a local model server) the route has no credential, and the agent still gets a
/// placeholder. Without either the setup is empty. Throws Error{config} for a profile whose key no provider
/// can broker or whose provider lacks that credential, and Error{usage} for a base URL on the host that cannot be one.
BrokerSetup make_broker_plan(BrokerInputs inputs);

/// The name of the host's variable that says where an agent finds its model, and where that is otherwise: the key's own, else
/// the profile's. The name may be empty.
struct BaseUrl {
  std::string variable;
  std::string otherwise;
};
BaseUrl base_url_of(const AgentProfile& profile, const KeyVariable* key);

}  // namespace agentbox
