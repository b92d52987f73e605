// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/network_fields.hpp"
#include "config/project_file.hpp"
#include "config/workspace_fields.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"

#include <concepts>

namespace agentbox {
namespace {

using namespace std::chrono_literals;

/// The key's value read by read(node), with its place.
template <std::invocable<const YamlNode&> Read>
auto wish(const YamlMapping& fields, std::string_view key, Read read) {
  using Value = decltype(read(std::declval<const YamlNode&>()));
  const YamlNode* node = fields.find(key);
  return node == nullptr ? std::nullopt : std::optional(Wish<Value>{read(*node), node->place()});
}

template <std::invocable<const YamlNode&> Read>
auto wishes(const YamlMapping& fields, std::string_view key, Read read) {
  using Value = decltype(read(std::declval<const YamlNode&>()));
  std::optional<std::vector<Wish<Value>>> list;
  if (const YamlNode* node = fields.find(key)) {
    list.emplace();
    for (const YamlNode& item : node->items()) list->push_back({read(item), item.place()});
  }
  return list;
}

template <class Value>
auto word(Value (*parse)(const std::string&)) {
  return [parse](const YamlNode& node) { return node.convert(parse); };
}

void read_resources(const YamlNode& node, ProjectFile& file) {
  const YamlMapping fields = node.mapping({"cpus", "memory", "disk", "timeout"});
  file.cpus = wish(fields, "cpus", [](const YamlNode& one) { return one.integer(1, 64); });
  file.memory = wish(fields, "memory", [](const YamlNode& one) { return read_size(one, ByteSize::mebibytes(256), ByteSize::gibibytes(1024)); });
  file.disk = wish(fields, "disk", [](const YamlNode& one) { return read_size(one, ByteSize::gibibytes(1), ByteSize::gibibytes(4096)); });
  file.timeout = wish(fields, "timeout", [](const YamlNode& one) { return read_duration(one, 1s, 30 * 24h); });
}

void read_project_workspace(const YamlNode& node, ProjectFile& file) {
  const YamlMapping fields = node.mapping({"mode", "copy-ignored", "guarded", "hidden", "hot-state"});
  file.workspace = wish(fields, "mode", word(parse_workspace_mode));
  file.copy_ignored = wish(fields, "copy-ignored", [](const YamlNode& one) { return one.boolean() ? Policy::CopyIgnored::yes : Policy::CopyIgnored::no; });
  if (const YamlNode* guarded = fields.find("guarded")) file.guarded = read_added_patterns(*guarded);
  if (const YamlNode* hidden = fields.find("hidden")) file.hidden = read_added_patterns(*hidden);
  file.hot_state = wish(fields, "hot-state", word(parse_hot_state));
}

void read_project_network(const YamlNode& node, ProjectFile& file) {
  const YamlMapping fields = node.mapping({"mode", "allow", "deny", "groups", "lan", "ports", "ask"});
  file.network = wish(fields, "mode", word(parse_network_mode));
  file.allow = wishes(fields, "allow", read_egress_rule);
  file.groups = wishes(fields, "groups", read_plain_name);
  if (const YamlNode* deny = fields.find("deny")) file.deny = read_egress_rules(*deny);
  file.lan = wishes(fields, "lan", [](const YamlNode& one) { return one.convert(parse_lan_rule); });
  file.ports = wishes(fields, "ports", word(parse_published_port));
  file.ask = wish(fields, "ask", [](const YamlNode& one) { return one.boolean(); });
}

void read_project_credentials(const YamlNode& node, ProjectFile& file) {
  const YamlMapping fields = node.mapping({"mode", "max-tokens", "max-cost", "max-requests"});
  file.credentials = wish(fields, "mode", word(parse_credential_mode));
  file.max_tokens = wish(fields, "max-tokens", word(parse_count));
  file.max_cost = wish(fields, "max-cost", [](const YamlNode& one) { return one.convert([](const std::string& text) { return Money::parse(text); }); });
  file.max_requests = wish(fields, "max-requests", word(parse_count));
}

void read_project_terminal(const YamlNode& node, ProjectFile& file) {
  using Rules = TerminalRules;
  const YamlMapping fields = node.mapping({"titles", "hyperlinks", "clipboard", "notifications", "paste-images"});
  file.titles = wish(fields, "titles", [](const YamlNode& one) { return one.boolean() ? Rules::Titles::show : Rules::Titles::drop; });
  file.hyperlinks = wish(fields, "hyperlinks", [](const YamlNode& one) { return one.boolean() ? Rules::Hyperlinks::show : Rules::Hyperlinks::drop; });
  file.clipboard = wish(fields, "clipboard", word(parse_clipboard_mode));
  file.notifications = wish(fields, "notifications", word(parse_notification_mode));
  file.pasted_images = wish(fields, "paste-images", [](const YamlNode& one) { return one.boolean() ? Rules::PastedImages::hand_over : Rules::PastedImages::keep_out; });
}

}  // namespace

ProjectFile parse_project_file(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  ProjectFile file;
  file.source = source;
  if (root.kind() == YamlNode::Kind::null) return file;
  const YamlMapping fields = root.mapping({"resources", "workspace", "network", "credentials", "history", "settings", "terminal"});
  if (const YamlNode* resources = fields.find("resources")) read_resources(*resources, file);
  if (const YamlNode* workspace = fields.find("workspace")) read_project_workspace(*workspace, file);
  if (const YamlNode* network = fields.find("network")) read_project_network(*network, file);
  if (const YamlNode* credentials = fields.find("credentials")) read_project_credentials(*credentials, file);
  file.history = wish(fields, "history", word(parse_history_mode));
  file.settings = wish(fields, "settings", word(parse_settings_mode));
  if (const YamlNode* terminal = fields.find("terminal")) read_project_terminal(*terminal, file);
  return file;
}

}  // namespace agentbox
