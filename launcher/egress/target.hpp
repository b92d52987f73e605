// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/decide.hpp"

#include <string>

namespace agentbox {

/// Where a guest's connection is to go, as far as it is known: by name, or by a number where none was named.
struct Target {
  std::optional<HostName> name = {};
  std::optional<IpAddress> address = {};
  std::uint16_t port = 0;

  [[nodiscard]] EgressRequest request(EgressKind kind) const {
    return {.kind = kind, .name = name, .address = address, .port = port};
  }
  /// For people: "example.org:443".
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Target&, const Target&) = default;
};

/// "host:port" or "host"; usual_port where none is written. No value when the host is neither a name nor an address.
std::optional<Target> parse_target(std::string_view text, std::uint16_t usual_port);

}  // namespace agentbox
