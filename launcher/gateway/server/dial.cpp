// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/dial.hpp"

#include "gateway/http/message_head.hpp"
#include "gateway/server/timing.hpp"

#include <fmt/format.h>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>

namespace agentbox {
namespace {

using Addresses = std::vector<IpAddress>;

IpAddress from_asio(const asio::ip::address& address) {
  if (address.is_v4()) {
    return IpAddress::v4(address.to_v4().to_uint());
  }
  const auto bytes = address.to_v6().to_bytes();
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes.data(), 16));
}

asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) {
    return asio::ip::address_v4(address.v4_value());
  }
  asio::ip::address_v6::bytes_type bytes{};
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  return asio::ip::address_v6(bytes);
}

std::optional<IpAddress> from_system(const sockaddr* address) {
  if (address != nullptr && address->sa_family == AF_INET) {
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  }
  if (address != nullptr && address->sa_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
    return IpAddress::v6(std::span<const std::uint8_t, 16>(six->sin6_addr.s6_addr, 16));
  }
  return std::nullopt;
}

/// The far end of a point-to-point link is a way to the world, not a neighbour.
bool is_on(const ifaddrs& entry, const IpAddress& address) {
  const auto own = from_system(entry.ifa_addr);
  if (!own) {
    return false;
  }
  const auto mask = (entry.ifa_flags & IFF_POINTOPOINT) == 0 ? from_system(entry.ifa_netmask) : std::nullopt;
  return *own == address || (mask && same_network(*own, address, *mask));
}

/// An address of this machine, or of a neighbour on one of its links, looks global on a host that has no NAT before it;
/// its services are as private as those on 127.0.0.1.
bool is_on_link(const IpAddress& address) {
  if (const auto inside = nat64_inside(address)) {
    return is_on_link(*inside);
  }
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return true;  // unknown is not "no"
  }
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (is_on(*entry, address)) {
      return true;
    }
  }
  return false;
}

Verdict judge(const EgressRules& rules, const IpAddress& address, std::uint16_t port) {
  const Verdict verdict = decide_address(rules, address, port);
  if (verdict.allowed() && !verdict.rule.starts_with("lan ") && is_on_link(address)) {
    return refused("own network",
                   fmt::format("leads to {}, an address of the host itself or on its own network{}", address.to_string(),
                               how_to_open({address, port})));
  }
  return verdict;
}

std::string unreachable(const error_code& error) { return "cannot be reached: " + error.message(); }

/// A crowd of connections gets small buffers, so that guest and server together cannot fill the host's memory.
void bound_buffers(Connection& connection, const tcp::endpoint& endpoint) {
  const GatewayLimits& limits = connection.state.limits;
  if (connection.state.connections.size() <= limits.connections_at_full_speed) {
    return;
  }
  const int size = static_cast<int>(limits.crowded_buffer);
  error_code ignored;
  connection.upstream.open(endpoint.protocol(), ignored);
  connection.upstream.set_option(asio::socket_base::receive_buffer_size(size), ignored);
  connection.upstream.set_option(asio::socket_base::send_buffer_size(size), ignored);
}

/// Never while the guest's side is closed, nor stays connected when that happens meanwhile: by new rules, by a time
/// limit, at the session's end.
Task<error_code> connect_to(Connection& connection, const tcp::endpoint& endpoint) {
  error_code error = asio::error::operation_aborted;
  if (!connection.guest.is_open()) {
    co_return error;
  }
  connection.upstream.close(error);
  bound_buffers(connection, endpoint);
  co_await connection.upstream.async_connect(endpoint, into(error));
  if (!connection.guest.is_open()) {
    connection.close_upstream();
    error = asio::error::operation_aborted;
  }
  if (!error) {
    error_code ignored;
    connection.upstream.set_option(tcp::no_delay(true), ignored);
  }
  co_return error;
}

Task<DialOutcome> dial_addresses(Connection& connection, Addresses addresses, std::uint16_t port) {
  DialOutcome outcome;
  for (const IpAddress& address : addresses) {
    outcome.address = address.to_string();
    outcome.verdict = judge(connection.state.plan.rules, address, port);
    if (!outcome.verdict.allowed()) {
      outcome.kind = DialOutcome::Kind::refused;
      co_return outcome;
    }
  }
  // A quarter of the time, so that one address that does not answer leaves some to others; never more than all of it.
  const auto each = connection.state.limits.dial / std::clamp(static_cast<int>(addresses.size()), 1, 4);
  const auto ends = Connection::Clock::now() + connection.state.limits.dial;
  for (const IpAddress& address : addresses) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(ends - Connection::Clock::now());
    if (left.count() <= 0) {
      co_return outcome;
    }
    outcome.address = address.to_string();
    connection.leads_to(address, port);
    const Alarm clock(connection.state.io, std::min(each, left), [&connection] { connection.close_upstream(); });
    const error_code error = co_await connect_to(connection, {to_asio(address), port});
    if (!error) {
      outcome.kind = DialOutcome::Kind::connected;
      co_return outcome;
    }
    outcome.problem = error == asio::error::operation_aborted ? "cannot be reached in time" : unreachable(error);
    if (!connection.guest.is_open()) {
      co_return outcome;
    }
  }
  co_return outcome;
}

struct Resolved {
  Addresses addresses;
  std::string problem;
};

Task<Resolved> resolve(GatewayState& state, std::string name) {
  tcp::resolver resolver(state.io);  // getaddrinfo(3) in Asio's own thread
  error_code error;
  const auto results = co_await resolver.async_resolve(name, "", into(error));
  Resolved resolved;
  if (error) {
    resolved.problem = "does not resolve: " + error.message();
  }
  for (const auto& entry : results) {
    const IpAddress address = from_asio(entry.endpoint().address());
    if (std::find(resolved.addresses.begin(), resolved.addresses.end(), address) == resolved.addresses.end()) {
      resolved.addresses.push_back(address);
    }
  }
  co_return resolved;
}

/// Reads the proxy's answer to CONNECT. Empty problem: the tunnel stands.
Task<DialOutcome> read_connect_answer(Connection& connection, DialOutcome outcome) {
  std::string answer;
  std::array<char, 4096> buffer;
  while (true) {
    const auto parsed = parse_response_head(answer, connection.state.limits.http_head);
    if (const auto* head = std::get_if<ResponseHead>(&parsed)) {
      outcome.kind = head->status / 100 == 2 ? DialOutcome::Kind::connected : DialOutcome::Kind::failed;
      outcome.problem = fmt::format("cannot be reached: the host's proxy answered {}", head->status);
      outcome.early = answer.substr(head->size);
      co_return outcome;
    }
    if (std::holds_alternative<HttpProblem>(parsed)) {
      outcome.problem = "cannot be reached: the host's proxy does not speak HTTP";
      co_return outcome;
    }
    error_code error;
    const std::size_t count = co_await connection.upstream.async_read_some(asio::buffer(buffer), into(error));
    if (error) {
      outcome.problem = "cannot be reached: the host's proxy hung up";
      co_return outcome;
    }
    answer.append(buffer.data(), count);
  }
}

Task<DialOutcome> dial_by_proxy(Connection& connection, Target target) {
  const UpstreamProxy proxy = *connection.state.plan.proxy;
  DialOutcome outcome;
  outcome.address = fmt::format("proxy {}:{}", proxy.host, proxy.port);
  const Resolved resolved = co_await resolve(connection.state, proxy.host);
  if (resolved.addresses.empty()) {
    outcome.problem = "cannot be reached: the host's proxy " + resolved.problem;
    co_return outcome;
  }
  const Alarm clock(connection.state.io, connection.state.limits.dial, [&connection] { connection.close_upstream(); });
  error_code error = co_await connect_to(connection, {to_asio(resolved.addresses.front()), proxy.port});
  if (!error) {
    std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target.text());
    if (!proxy.authorization.empty()) {
      request += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    }
    request += "\r\n";
    co_await asio::async_write(connection.upstream, asio::buffer(request), into(error));
  }
  if (error) {
    outcome.problem = unreachable(error) + " (the host's proxy)";
    co_return outcome;
  }
  outcome = co_await read_connect_answer(connection, std::move(outcome));
  co_return outcome;
}

Task<DialOutcome> dial_number(Connection& connection, Target target) {
  const Verdict verdict = judge(connection.state.plan.rules, *target.address, target.port);
  if (connection.state.plan.proxy && verdict.rule == "global address") {
    co_return co_await dial_by_proxy(connection, target);
  }
  const Addresses only(1, *target.address);  // a braced list inside co_await is more than g++ 12 can compile
  co_return co_await dial_addresses(connection, only, target.port);
}

Task<DialOutcome> dial_name(Connection& connection, Target target) {
  DialOutcome outcome;
  const auto& proxy = connection.state.plan.proxy;
  if (proxy && !goes_direct(*proxy, target.name->text())) {
    if (!target.name->is_local()) {
      co_return co_await dial_by_proxy(connection, target);
    }
    outcome.kind = DialOutcome::Kind::refused;
    outcome.verdict = refused("local name", "is a name of the proxy's local network");
    co_return outcome;
  }
  const Resolved resolved = co_await resolve(connection.state, target.name->text());
  if (resolved.addresses.empty()) {
    outcome.problem = resolved.problem.empty() ? "does not resolve" : resolved.problem;
    co_return outcome;
  }
  co_return co_await dial_addresses(connection, resolved.addresses, target.port);
}

}  // namespace

Task<DialOutcome> dial(Connection& connection, Target target) {
  if (target.name) {
    co_return co_await dial_name(connection, target);
  }
  co_return co_await dial_number(connection, target);
}

}  // namespace agentbox
