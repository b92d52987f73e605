// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/dns/synthetic_addresses.hpp"
#include "egress/egress_rules.hpp"
#include "gateway/limits.hpp"
#include "gateway/wipe_json.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// The HTTP proxy by which the host itself reaches the internet.
struct UpstreamProxy {
  std::string host;  ///< name or address; trusted, so it may be local
  std::uint16_t port = 3128;
  std::string authorization = {};        ///< value of Proxy-Authorization, or empty. A secret
  std::vector<std::string> direct = {};  ///< names and ".suffixes" that are reached without it (no_proxy)
  friend bool operator==(const UpstreamProxy&, const UpstreamProxy&) = default;
};
/// From the host's https_proxy and no_proxy. No value when there is none; throws Error{environment} for one that cannot
/// be used (its scheme is not http, or it is no URL), since going round it silently would be worse.
std::optional<UpstreamProxy> upstream_proxy(const std::string& https_proxy, const std::string& no_proxy);

/// Whether a name is reached without the proxy.
bool goes_direct(const UpstreamProxy& proxy, const std::string& name);

/// All that agentbox-gateway is told, once, at its start. Travels as JSON through a pipe: it may hold secrets, so never
/// in argv, the environment or a file.
struct GatewayPlan {
  std::string session;  ///< named in records and refusals
  std::string policy;   ///< the policy's name
  EgressRules rules;
  IpAddress address = IpAddress::v4(10U << 24U | 2U << 8U | 2U);  ///< 10.0.2.2: what the guest knows of us
  std::uint16_t proxy_port = 3128;
  std::uint16_t broker_port = 8080;
  SyntheticRange synthetic = {};
  std::optional<UpstreamProxy> proxy = {};
  nlohmann::json broker = nullptr;  ///< opaque here; null: no broker
  GatewayLimits limits = {};        ///< others than the usual ones only in tests
};

nlohmann::json to_json(const GatewayPlan& plan);
/// Takes the broker's part out of json instead of copying it. Throws Error{internal}: plans are of our own making.
GatewayPlan gateway_plan_from_json(nlohmann::json&& json);

/// Overwrites what is secret in it.
void wipe_secrets(GatewayPlan& plan) noexcept;

}  // namespace agentbox
