// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Rules as they come through the gateway's control socket, and JSON from processes that may have been taken over. Rules
// that were accepted read themselves back; nothing is deeper than what the stack of whoever copies it can bear.
#include "core/hostile_json.hpp"
#include "egress/decide.hpp"
#include "egress/rules_json.hpp"

#include "support/check.hpp"

#include <nlohmann/json.hpp>

using namespace agentbox;
using fuzz::check;
using nlohmann::json;

namespace {

std::size_t depth_of(const json& value) {
  if (!value.is_structured()) return 0;
  std::size_t deepest = 0;
  for (const json& item : value) deepest = std::max(deepest, depth_of(item));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const json value = parse_hostile_json(text);
  check(depth_of(value) <= deepest_json);
  if (value.is_discarded()) {
    check(!json::accept(text) || text.size() > deepest_json);
    return 0;
  }
  fuzz::parses_or_throws([&] {
    const EgressRules rules = egress_rules_from_json(value);
    check(egress_rules_from_json(to_json(rules)) == rules);
    const EgressRequest elsewhere{.name = HostName::parse("not.named.anywhere"), .port = 443};
    check(rules.mode != NetworkMode::allowlist || !decide(rules, elsewhere).allowed() ||
          text.find("anywhere") != std::string_view::npos || text.find('u') != std::string_view::npos);
    return 0;
  });
  return 0;
}
