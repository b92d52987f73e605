// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/network_fields.hpp"

#include "config/loaders.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

/// Each item read, none twice.
template <class Item, class Read>
std::vector<Item> read_items(const YamlNode& node, Read read) {
  std::vector<Item> items;
  for (const YamlNode& item : node.items()) {
    Item value = read(item);
    if (std::find(items.begin(), items.end(), value) != items.end()) throw item.error("this stands here twice");
    items.push_back(std::move(value));
  }
  return items;
}

std::uint16_t read_port(const YamlNode& node) { return static_cast<std::uint16_t>(node.integer(1, 65535)); }

EgressRule read_long_rule(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"host", "ports", "methods", "paths"});
  EgressRule rule{.host = fields.required("host").convert(HostPattern::parse)};
  if (const YamlNode* ports = fields.find("ports")) rule.ports = read_items<std::uint16_t>(*ports, read_port);
  if (const YamlNode* methods = fields.find("methods"))
    rule.methods = read_items<std::string>(*methods, [](const YamlNode& item) { return item.convert(parse_method); });
  if (const YamlNode* paths = fields.find("paths"))
    rule.paths = read_items<std::string>(*paths, [](const YamlNode& item) { return item.convert(parse_path_prefix); });
  return rule;
}

}  // namespace

PublishedPort parse_published_port(const std::string& text) {
  const auto colon = text.find(':');
  const auto host = parse_port_number(std::string_view(text).substr(0, colon));
  const auto guest = colon == std::string::npos ? host : parse_port_number(std::string_view(text).substr(colon + 1));
  if (!host || !guest) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a port to publish", escape_untrusted(text, 80)),
                "write 3000, or 8080:80 for the guest's port 80 as 8080 on the host");
  }
  return {*host, *guest};
}

EgressRule read_egress_rule(const YamlNode& node) {
  return node.kind() == YamlNode::Kind::mapping ? read_long_rule(node) : node.convert(parse_egress_rule);
}

std::vector<EgressRule> read_egress_rules(const YamlNode& node) {
  return read_items<EgressRule>(node, read_egress_rule);
}

NetworkAccess read_network_access(const YamlMapping& fields) {
  NetworkAccess access;
  if (const YamlNode* allow = fields.find("allow")) access.allow = read_egress_rules(*allow);
  if (const YamlNode* deny = fields.find("deny")) access.deny = read_egress_rules(*deny);
  if (const YamlNode* groups = fields.find("groups")) access.groups = read_list(*groups, read_plain_name);
  if (const YamlNode* lan = fields.find("lan"))
    access.lan = read_items<LanRule>(*lan, [](const YamlNode& item) { return item.convert(parse_lan_rule); });
  if (const YamlNode* ports = fields.find("ports"))
    access.ports =
        read_items<PublishedPort>(*ports, [](const YamlNode& item) { return item.convert(parse_published_port); });
  if (const YamlNode* ask = fields.find("ask")) access.ask = ask->boolean();
  if (const YamlNode* variables = fields.find("proxy-variables")) access.proxy_variables = variables->boolean();
  return access;
}

EgressGroup parse_egress_group(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields = root.mapping({"description", "allow", "computed"});
  EgressGroup group;
  group.name = source.stem().string();
  if (const YamlNode* description = fields.find("description")) group.description = description->line();
  if (const YamlNode* allow = fields.find("allow")) group.allow = read_egress_rules(*allow);
  if (const YamlNode* computed = fields.find("computed")) group.computed = computed->convert(parse_package_source);
  if (group.allow.empty() && !group.computed)
    throw root.error("the group names no hosts", "write \"allow\", \"computed\" or both");
  return group;
}

}  // namespace agentbox
