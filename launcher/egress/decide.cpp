// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/decide.hpp"

#include "egress/url_path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

Verdict allowed(std::string rule) { return {Verdict::Outcome::allowed, std::move(rule), {}}; }

template <class List, class Value>
bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool has_prefix(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) {
    return false;
  }
  return prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/';
}

bool inside_matches(const EgressRule& rule, const EgressRequest& request) {
  const std::string_view path = path_of(request.path);
  const auto below = [&](const std::string& prefix) { return has_prefix(path, prefix); };
  return (rule.methods.empty() || contains(rule.methods, request.method)) &&
         (rule.paths.empty() || std::any_of(rule.paths.begin(), rule.paths.end(), below));
}

bool allows_port(const EgressRule& rule, std::uint16_t port) {
  return rule.ports.empty() ? port == 80 || port == 443 : contains(rule.ports, port);
}

bool denies(const EgressRule& rule, const EgressRequest& request) {
  if (!rule.host.matches(*request.name)) {
    return false;
  }
  if (request.kind == EgressKind::lookup) {  // the name may still be good for something else
    return rule.ports.empty() && !rule.looks_inside();
  }
  if (!rule.ports.empty() && !contains(rule.ports, request.port)) {
    return false;
  }
  if (!rule.looks_inside() || request.kind != EgressKind::http) {
    return true;
  }
  return inside_matches(rule, request) || (!rule.paths.empty() && !is_unambiguous_path(request.path));
}

bool allows(const EgressRule& rule, const EgressRequest& request) {
  if (!rule.host.matches(*request.name)) {
    return false;
  }
  if (request.kind == EgressKind::lookup) {
    return true;
  }
  if (!allows_port(rule, request.port)) {
    return false;
  }
  if (!rule.looks_inside()) {
    return true;
  }
  return request.kind == EgressKind::http && (rule.paths.empty() || is_unambiguous_path(request.path)) &&
         inside_matches(rule, request);
}

/// Which part of a rule for this host did not fit; a bare "not allowed" would send the user looking in the wrong place.
std::string why_not(const EgressRules& rules, const EgressRequest& request) {
  bool host = false;
  bool port = false;
  for (const EgressRule& rule : rules.allow) {
    const bool here = rule.host.matches(*request.name);
    host = host || here;
    port = port || (here && allows_port(rule, request.port));
  }
  if (port) {
    return request.kind == EgressKind::http
               ? "is in the policy, but not with this method and path"
               : "is in the policy only for certain methods or paths, which cannot be seen inside this connection";
  }
  return host ? fmt::format("is in the policy, but not with port {}", request.port) : "is not in the policy";
}

Verdict decide_name(const EgressRules& rules, const EgressRequest& request) {
  for (const EgressRule& rule : rules.deny) {
    if (denies(rule, request)) {
      return refused("deny " + rule.text(), "is denied by the policy");
    }
  }
  for (const EgressRule& rule : rules.allow) {
    if (allows(rule, request)) {
      return allowed("allow " + rule.text());
    }
  }
  if (rules.mode == NetworkMode::open) {
    return request.name->is_local() ? refused("local name", "is a name of the local network") : allowed("mode open");
  }
  return refused("no rule", why_not(rules, request));
}

}  // namespace

Verdict refused(std::string rule, std::string reason) {
  return {Verdict::Outcome::refused, std::move(rule), std::move(reason)};
}

std::string how_to_open(const LanRule& wanted) {
  return fmt::format(", which only an entry in the policy's network section opens: lan: [\"{}\"]", wanted.text());
}

Verdict decide(const EgressRules& rules, const EgressRequest& request) {
  if (rules.mode == NetworkMode::offline) {
    return refused("mode offline", "cannot be reached: the policy has no network");
  }
  if (request.name) {
    return decide_name(rules, request);
  }
  if (!request.address || request.kind == EgressKind::lookup) {
    return refused("no name", "is not the name of a host");
  }
  const Verdict by_address = decide_address(rules, *request.address, request.port);
  const bool listed = by_address.rule.starts_with("lan ");
  if (!by_address.allowed() || listed || rules.mode == NetworkMode::open) {
    return by_address;
  }
  return refused("no rule", "is an address, and the policy has only names");
}

bool may_be_asked(const EgressRules& rules, const EgressRequest& request) {
  if (rules.mode != NetworkMode::allowlist || !request.name || request.name->is_local() ||
      decide(rules, request).rule != "no rule") {
    return false;
  }
  return std::none_of(rules.allow.begin(), rules.allow.end(), [&](const EgressRule& rule) {
    return rule.looks_inside() && rule.host.matches(*request.name) && allows_port(rule, request.port);
  });
}

Verdict decide_address(const EgressRules& rules, const IpAddress& address, std::uint16_t port) {
  if (rules.mode == NetworkMode::offline) {
    return refused("mode offline", "cannot be reached: the policy has no network");
  }
  const AddressClass address_class = classify(address);
  const LanRule wanted{address, port};
  const bool openable = address_class == AddressClass::global || may_be_opened(address_class);
  if (openable && contains(rules.lan, wanted)) {
    return allowed("lan " + wanted.text());
  }
  if (address_class != AddressClass::global) {
    return refused(fmt::format("{} address", to_string(address_class)),
                   fmt::format("leads to {}, a {} address{}", address.to_string(), to_string(address_class),
                               openable ? how_to_open(wanted) : ""));
  }
  return allowed("global address");
}

}  // namespace agentbox
