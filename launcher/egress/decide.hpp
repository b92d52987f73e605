// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/egress_rules.hpp"

#include <optional>
#include <string>

namespace agentbox {

/// How much of a connection can be seen, which decides which rules can be checked at all.
enum class EgressKind {
  lookup,  ///< a DNS question: the port is not known yet
  stream,  ///< TLS, CONNECT, any other TCP: what is inside is not seen
  http,    ///< one request of plain HTTP or of the broker: method and path are
};

/// What the guest wants. A name, or an address where the guest named none; a name wins when both are there.
struct EgressRequest {
  EgressKind kind = EgressKind::stream;
  std::optional<HostName> name = {};
  std::optional<IpAddress> address = {};
  std::uint16_t port = 0;   ///< not for lookup
  std::string method = {};  ///< http only
  std::string path = {};    ///< http only: the target without scheme and host, with its query
};

/// The answer. Expected, so a value; never an exception.
struct Verdict {
  enum class Outcome { allowed, refused };
  Outcome outcome = Outcome::refused;
  std::string rule;    ///< the rule's text, or "mode open", "mode offline", "no rule"
  std::string reason;  ///< for refused: half a sentence that follows the destination: "is not in the policy"

  [[nodiscard]] bool allowed() const { return outcome == Outcome::allowed; }
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

Verdict refused(std::string rule, std::string reason);

/// The one place where it is decided what may leave: for enforcement, `agentbox policy check` and the log. Pure.
/// Denied unless allowed; a deny rule wins over every other. A rule with methods or paths allows nothing that cannot be
/// looked into, and denies all of it.
Verdict decide(const EgressRules& rules, const EgressRequest& request);

/// Whether a refusal of decide() is one that the user may be asked about: an allowlist just does not name this host with
/// this port. Never what a deny rule refuses, a name of the local network, a bare address, nor a host that the policy
/// allows for certain methods or paths only: that limit was meant. Pure.
bool may_be_asked(const EgressRules& rules, const EgressRequest& request);

/// After resolution, for each address that an allowed name led to: dialled or not. Pure.
Verdict decide_address(const EgressRules& rules, const IpAddress& address, std::uint16_t port);

/// The end of a refusal's sentence: what the user could write into the policy to have this one address and port.
std::string how_to_open(const LanRule& wanted);

}  // namespace agentbox
