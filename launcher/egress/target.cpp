// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/target.hpp"

#include <fmt/format.h>

namespace agentbox {

std::string Target::text() const {
  const std::string host = name ? name->text() : address ? address->to_string() : "?";
  if (port == 0) {
    return host;
  }
  const bool bracketed = !name && address && !address->is_v4();
  return bracketed ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::optional<Target> parse_target(std::string_view text, std::uint16_t usual_port) {
  const auto authority = parse_authority(text);
  if (!authority) {
    return std::nullopt;
  }
  const std::uint16_t port = authority->port.value_or(usual_port);
  if (const auto name = HostName::parse(authority->host)) {
    return Target{name, {}, port};
  }
  const auto address = IpAddress::parse(authority->host);
  return address ? std::optional(Target{{}, address, port}) : std::nullopt;
}

}  // namespace agentbox
