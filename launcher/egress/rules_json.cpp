// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/rules_json.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace agentbox {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMostRules = 2000;

Json rule_to_json(const EgressRule& rule) {
  return {{"host", rule.host.text()},
          {"ports", rule.ports},
          {"methods", rule.methods},
          {"paths", rule.paths},
          {"origin", rule.origin}};
}

Error bad(const std::string& what) { return {ErrorKind::config, "bad egress rules: " + what}; }

void check_keys(const Json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) {
    throw bad("not an object");
  }
  for (const auto& item : object.items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
      throw bad("unknown key \"" + escape_untrusted(item.key(), 64) + "\"");
    }
  }
}

const Json& list_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->size() > kMostRules) {
    throw bad(std::string("\"") + key + "\" is not a list of usual length");
  }
  return *found;
}

std::string text_of(const Json& value) {
  if (!value.is_string()) {
    throw bad("a text was expected");
  }
  return value.get<std::string>();
}

EgressRule rule_from_json(const Json& json) {
  check_keys(json, {"host", "ports", "methods", "paths", "origin"});
  EgressRule rule{.host = HostPattern::parse(text_of(json.value("host", Json())))};
  for (const Json& port : list_at(json, "ports")) {
    if (!port.is_number_unsigned() || port.get<std::uint64_t>() < 1 || port.get<std::uint64_t>() > 65535) {
      throw bad("a port is out of range");
    }
    rule.ports.push_back(port.get<std::uint16_t>());
  }
  for (const Json& method : list_at(json, "methods")) {
    rule.methods.push_back(parse_method(text_of(method)));
  }
  for (const Json& path : list_at(json, "paths")) {
    rule.paths.push_back(parse_path_prefix(text_of(path)));
  }
  rule.origin = text_of(json.value("origin", Json("")));
  return rule;
}

NetworkMode mode_from(const std::string& text) {
  for (const NetworkMode mode : {NetworkMode::open, NetworkMode::allowlist, NetworkMode::offline}) {
    if (text == to_string(mode)) {
      return mode;
    }
  }
  throw bad("unknown mode");
}

}  // namespace

Json to_json(const EgressRules& rules) {
  Json json{{"mode", to_string(rules.mode)}, {"allow", Json::array()}, {"deny", Json::array()}, {"lan", Json::array()}};
  for (const EgressRule& rule : rules.allow) {
    json["allow"].push_back(rule_to_json(rule));
  }
  for (const EgressRule& rule : rules.deny) {
    json["deny"].push_back(rule_to_json(rule));
  }
  for (const LanRule& rule : rules.lan) {
    json["lan"].push_back(rule.text());
  }
  return json;
}

EgressRules egress_rules_from_json(const Json& json) {
  try {
    check_keys(json, {"mode", "allow", "deny", "lan"});
    EgressRules rules{.mode = mode_from(text_of(json.value("mode", Json())))};
    for (const Json& rule : list_at(json, "allow")) {
      rules.allow.push_back(rule_from_json(rule));
    }
    for (const Json& rule : list_at(json, "deny")) {
      rules.deny.push_back(rule_from_json(rule));
    }
    for (const Json& rule : list_at(json, "lan")) {
      rules.lan.push_back(parse_lan_rule(text_of(rule)));
    }
    return rules;
  } catch (const Error& error) {
    throw Error(ErrorKind::config, error.what(), error.hint());
  }
}

}  // namespace agentbox
