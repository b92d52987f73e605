// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/dns/query.hpp"
#include "gateway/dns/synthetic_addresses.hpp"
#include "egress/decide.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>

namespace agentbox {

/// What a question led to, for the log and the counters.
struct DnsOutcome {
  std::string reply;              ///< the packet; empty: say nothing
  std::optional<DnsQuery> query;  ///< when it was one
  Verdict verdict = {};           ///< when it was one
};

/// Answers from the rules alone: nothing of what the guest asks is ever sent anywhere. An allowed name gets a synthetic
/// address (A), and nothing for every other type, so that no client goes round the name by another record. A refused
/// one gets NXDOMAIN, which resolvers take for final, with the reason as an Extended DNS Error where the client speaks
/// EDNS.
/// judge: decide() by the session's rules, and more where the user may be asked.
DnsOutcome answer_dns(const std::function<Verdict(const EgressRequest&)>& judge, SyntheticAddresses& addresses,
                      std::span<const unsigned char> packet);
DnsOutcome answer_dns(const EgressRules& rules, SyntheticAddresses& addresses, std::span<const unsigned char> packet);

/// Seconds a client may keep an answer. Addresses are stable, but a rule may be taken back.
constexpr std::uint32_t dns_ttl_seconds = 5;

}  // namespace agentbox
