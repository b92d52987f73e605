// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/http/request_target.hpp"
#include "gateway/server/connection.hpp"

namespace agentbox {

/// Everything that one accepted connection of the guest can be. original: where the guest wanted to go.
///   10.0.2.2:3128    the HTTP proxy            10.0.2.2:8080   the credential broker
///   any address, 53  DNS over TCP              anything else   TLS by SNI, HTTP by Host, other TCP by name and port
/// Returns when both sides are closed and the record is written. Never throws.
Task<void> serve_guest(GatewayState& state, tcp::socket guest, Target original);

/// A connection whose target is known as far as it can be without its first bytes: by synthetic address, by CONNECT, or
/// only by number. Decides what it speaks and goes on accordingly.
Task<void> serve_stream(std::shared_ptr<Connection> connection, Target target);

/// Plain HTTP, request by request, each judged; received holds the beginning of the first. Transparent: the target
/// stands already, and Host must agree with it. Proxy: each request names its own (one request per connection), CONNECT
/// too.
Task<void> serve_http(std::shared_ptr<Connection> connection, Target target, HttpRole role);

/// DNS messages with their length in front (RFC 1035 4.2.2).
Task<void> serve_dns_stream(std::shared_ptr<Connection> connection);

/// Writes the record of a DNS decision.
void record_lookup(GatewayState& state, const HostName* name, const Verdict& verdict);

/// Writes the record of a connection that was refused or failed, and of one that has ended.
void record_connection(Connection& connection, const char* what, const Target& target, const char* verdict,
                       const std::string& rule, const std::string& address, Connection::Clock::time_point since);

}  // namespace agentbox
