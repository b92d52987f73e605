// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/egress_rules.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "egress/url_path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

constexpr std::string_view asked_prefix = "asked: ";

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", escape_untrusted(text, 80)); }

std::uint16_t parse_rule_port(std::string_view text) {
  const auto port = parse_port_number(text);
  if (!port) {
    throw Error(ErrorKind::usage, quoted(text) + " is not a port", "ports are numbers from 1 to 65535");
  }
  return *port;
}

}  // namespace

std::string to_string(NetworkMode mode) {
  switch (mode) {
    case NetworkMode::open:
      return "open";
    case NetworkMode::allowlist:
      return "allowlist";
    case NetworkMode::offline:
      break;
  }
  return "offline";
}

std::string EgressRule::text() const {
  std::string text = host.text();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    text += (i == 0 ? ":" : ",") + std::to_string(ports[i]);
  }
  if (!methods.empty()) {
    text += " " + join(methods, ",");
  }
  if (!paths.empty()) {
    text += " " + join(paths, ",");
  }
  if (origin.empty()) {
    return text;
  }
  return text + (origin.starts_with(asked_prefix) ? " (" : " (group ") + origin + ")";
}

std::string asked_origin(std::string_view answer) { return std::string(asked_prefix).append(answer); }

std::string LanRule::text() const {
  return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}" : "[{}]:{}"), address.to_string(), port);
}

EgressRule parse_egress_rule(std::string_view text) {
  const auto colon = text.find(':');
  EgressRule rule{.host = HostPattern::parse(text.substr(0, colon))};
  if (colon == std::string_view::npos) {
    return rule;
  }
  for (const std::string& port : split(text.substr(colon + 1), ',')) {
    const auto number = parse_rule_port(port);
    if (std::find(rule.ports.begin(), rule.ports.end(), number) != rule.ports.end()) {
      throw Error(ErrorKind::usage, fmt::format("port {} stands twice in {}", number, quoted(text)));
    }
    rule.ports.push_back(number);
  }
  return rule;
}

LanRule parse_lan_rule(std::string_view text) {
  const auto authority = parse_authority(text);
  const auto address = authority ? IpAddress::parse(authority->host) : std::nullopt;
  const bool bracketed = text.starts_with('[');
  if (!address || !authority->port || bracketed == address->is_v4()) {
    throw Error(ErrorKind::usage, quoted(text) + " is not a single address with its port",
                "write 192.168.1.5:5432 or [fd00::1]:443; names belong under \"allow\"");
  }
  const AddressClass address_class = classify(*address);
  if (address_class != AddressClass::global && !may_be_opened(address_class)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is a {} address, which no policy opens", quoted(text), to_string(address_class)));
  }
  return {*address, *authority->port};
}

std::string parse_method(std::string_view text) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.empty() || text.size() > 20 || !std::all_of(text.begin(), text.end(), upper)) {
    throw Error(ErrorKind::usage, quoted(text) + " is not an HTTP method", "such as GET or POST, in upper case");
  }
  return std::string(text);
}

std::string parse_path_prefix(std::string_view text) {
  if (text.find('?') != std::string_view::npos || !is_unambiguous_path(text)) {
    throw Error(ErrorKind::usage, quoted(text) + " is not the beginning of a path",
                "it starts with \"/\" and has no \"..\", \"//\", \"%\", \"?\", \"#\", \";\" or \"\\\"");
  }
  return std::string(text);
}

}  // namespace agentbox
