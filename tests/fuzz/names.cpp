// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Names, patterns, authorities, addresses, rules, URLs. What was accepted is canonical: it reads itself back.
#include "core/call_pattern.hpp"
#include "core/loopback_url.hpp"
#include "egress/check_url.hpp"
#include "egress/decide.hpp"
#include "egress/target.hpp"
#include "egress/url_path.hpp"
#include "gateway/broker/plan.hpp"
#include "support/check.hpp"

#include <arpa/inet.h>

using namespace agentbox;
using fuzz::check;

namespace {

void check_name(std::string_view text) {
  const auto name = HostName::parse(text);
  if (!name) return;
  check(HostName::parse(name->text()) == name);
  in_addr address{};
  // No resolver may take a name for an address.
  check(::inet_aton(name->text().c_str(), &address) == 0 && !IpAddress::parse(name->text()));
  fuzz::parses_or_throws([&] {
    const HostPattern below = HostPattern::parse("*." + name->text());
    check(!below.matches(*name) && below.text() == "*." + name->text());
    const auto child = HostName::parse("a." + name->text());
    check(!child || below.matches(*child));
    const auto neighbour = HostName::parse("a" + name->text());
    check(!neighbour || !below.matches(*neighbour));
    return below;
  });
}

void check_address(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) return;
  check(IpAddress::parse(address->to_string()) == address);
  check(!HostName::parse(text));
  check(classify(*address) == AddressClass::global || !decide_address({}, *address, 80).allowed());
}

void check_rules(std::string_view text) {
  fuzz::parses_or_throws([&] {
    const EgressRule rule = parse_egress_rule(text);
    check(parse_egress_rule(rule.text()) == rule);
    return rule;
  });
  fuzz::parses_or_throws([&] {
    const LanRule rule = parse_lan_rule(text);
    check(parse_lan_rule(rule.text()) == rule && may_be_opened(classify(rule.address)) |
                                                     (classify(rule.address) == AddressClass::global));
    return rule;
  });
  fuzz::parses_or_throws([&] {
    const std::string path = parse_path_prefix(text);
    check(is_unambiguous_path(path));
    return path;
  });
}

void check_urls(std::string_view text) {
  if (const auto request = request_for_url(text)) check((request->name || request->address) && request->port != 0);
  if (const auto target = parse_target(text, 80)) check(parse_target(target->text(), 1) == target);
  fuzz::parses_or_throws([&] { return loopback_port(text); });
  fuzz::parses_or_throws([&] {
    const CallPattern pattern = CallPattern::parse(std::string(text));
    check(CallPattern::parse(pattern.to_string()) == pattern);
    return pattern;
  });
  fuzz::parses_or_throws([&] {
    const Upstream upstream = Upstream::parse(std::string(text));
    check(Upstream::parse(upstream.to_string()) == upstream);
    return upstream;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_name(text);
  check_address(text);
  check_rules(text);
  check_urls(text);
  check(!is_unambiguous_path(text) || path_of(text).find("/../") == std::string_view::npos);
  return 0;
}
