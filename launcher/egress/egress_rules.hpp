// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/host_name.hpp"
#include "egress/ip_address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// open: every global destination but those denied; allowlist: what a rule names; offline: nothing at all.
enum class NetworkMode { open, allowlist, offline };
std::string to_string(NetworkMode mode);

/// One line of allow: or deny:.
struct EgressRule {
  HostPattern host;
  std::vector<std::uint16_t> ports = {};  ///< empty: 80 and 443 where it allows, every port where it denies
  std::vector<std::string> methods = {};  ///< empty: all. Upper case. Only plain HTTP and the broker show a method
  std::vector<std::string> paths = {};    ///< empty: all. Prefixes that end at a "/" of the path or at its end
  std::string origin = {};  ///< the group that it came from, or asked_origin(); empty: the policy itself

  [[nodiscard]] bool looks_inside() const { return !methods.empty() || !paths.empty(); }
  /// As a log names it: "*.example.org:22", "api.example.org GET,POST /v1 (group model-apis)".
  [[nodiscard]] std::string text() const;
  friend bool operator==(const EgressRule&, const EgressRule&) = default;
};

/// What the user said when asked: "asked: session", "asked: always".
std::string asked_origin(std::string_view answer);

/// A single address that is opened although it is local, or reached by number although only names are.
struct LanRule {
  IpAddress address;
  std::uint16_t port;
  [[nodiscard]] std::string text() const;  ///< "192.168.1.5:5432", "[fd00::1]:443"
  friend bool operator==(const LanRule&, const LanRule&) = default;
};

/// All that decide() goes by: a policy's network section with its groups expanded. Empty lists allow nothing.
struct EgressRules {
  NetworkMode mode = NetworkMode::allowlist;
  std::vector<EgressRule> allow = {};
  std::vector<EgressRule> deny = {};
  std::vector<LanRule> lan = {};
  friend bool operator==(const EgressRules&, const EgressRules&) = default;
};

/// "host", "*.host", "host:22", "host:22,443". Throws Error{usage} that says what is wrong.
EgressRule parse_egress_rule(std::string_view text);
/// "192.168.1.5:5432", "[fd00::1]:443"; loopback too. Throws Error{usage}: the port is missing, it is no address (a
/// name, a network), or its class stays closed whoever asks (metadata, link-local, multicast).
LanRule parse_lan_rule(std::string_view text);
/// One of the methods' usual words in upper case. Throws Error{usage}.
std::string parse_method(std::string_view text);
/// The beginning of an unambiguous path (url_path.hpp), without "?". Throws Error{usage}.
std::string parse_path_prefix(std::string_view text);

}  // namespace agentbox
