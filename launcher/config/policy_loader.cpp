// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/git_fields.hpp"
#include "config/loaders.hpp"
#include "config/network_fields.hpp"
#include "config/workspace_fields.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"

namespace agentbox {
namespace {

using namespace std::chrono_literals;

Policy::Resources read_resources(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"cpus", "memory", "disk", "timeout"});
  Policy::Resources resources;
  if (const YamlNode* cpus = fields.find("cpus")) resources.cpus = cpus->integer(1, 64);
  if (const YamlNode* memory = fields.find("memory"))
    resources.memory = read_size(*memory, ByteSize::mebibytes(256), ByteSize::gibibytes(1024));
  if (const YamlNode* disk = fields.find("disk"))
    resources.disk = read_size(*disk, ByteSize::gibibytes(1), ByteSize::gibibytes(4096));
  if (const YamlNode* timeout = fields.find("timeout")) resources.timeout = read_duration(*timeout, 1s, 30 * 24h);
  return resources;
}

HotDirectories read_hot_directories(const YamlNode& node) {
  if (node.kind() != YamlNode::Kind::sequence) return node.convert(parse_hot_directories);
  HotDirectories hot;
  for (const YamlNode& item : node.items())
    hot = item.convert([&hot](const std::string& word) {
      HotDirectories more = hot;
      add_hot_directory(more, word);
      return more;
    });
  return hot;
}

void read_workspace(const YamlNode& node, Policy& policy) {
  const YamlMapping fields = node.mapping({"mode", "copy-ignored", "guarded", "hidden", "hot-directories", "hot-state", "review-ignored"});
  policy.workspace = fields.required("mode").convert(parse_workspace_mode);
  if (const YamlNode* ignored = fields.find("copy-ignored"))
    policy.copy_ignored = ignored->boolean() ? Policy::CopyIgnored::yes : Policy::CopyIgnored::no;
  if (const YamlNode* guarded = fields.find("guarded")) policy.guarded = read_patterns(*guarded);
  if (const YamlNode* hidden = fields.find("hidden")) policy.hidden = read_patterns(*hidden);
  if (const YamlNode* ignored = fields.find("review-ignored"))
    policy.review_ignored = ignored->boolean() ? Policy::ReviewIgnored::yes : Policy::ReviewIgnored::no;
  if (const YamlNode* hot = fields.find("hot-directories")) policy.hot = read_hot_directories(*hot);
  if (const YamlNode* state = fields.find("hot-state")) policy.hot_state = state->convert(parse_hot_state);
}

void read_credentials(const YamlNode& node, Policy& policy) {
  const YamlMapping fields = node.mapping({"mode", "max-tokens", "max-cost", "max-requests", "git"});
  if (const YamlNode* mode = fields.find("mode")) policy.credentials = mode->convert(parse_credential_mode);
  if (const YamlNode* tokens = fields.find("max-tokens")) policy.caps.tokens = tokens->convert(parse_count);
  if (const YamlNode* cost = fields.find("max-cost"))
    policy.caps.cost = cost->convert([](const std::string& word) { return Money::parse(word); });
  if (const YamlNode* requests = fields.find("max-requests")) policy.caps.requests = requests->convert(parse_count);
  // A limit that nobody enforces is worse than none.
  if (policy.caps != UsageCaps{} && policy.credentials != CredentialMode::brokered)
    throw node.error("limits need the broker",
                     "say mode: brokered, or leave max-tokens, max-cost and max-requests out");
  if (const YamlNode* git = fields.find("git")) {
    policy.git = read_git_access(*git);
    if (policy.credentials != CredentialMode::brokered)
      throw git->error("git goes through the broker", "say mode: brokered, or leave git out");
  }
}

TerminalRules read_terminal(const YamlNode& node) {
  const YamlMapping fields = node.mapping({"titles", "hyperlinks", "clipboard", "notifications", "paste-images"});
  TerminalRules rules;
  if (const YamlNode* titles = fields.find("titles"))
    rules.titles = titles->boolean() ? TerminalRules::Titles::show : TerminalRules::Titles::drop;
  if (const YamlNode* links = fields.find("hyperlinks"))
    rules.hyperlinks = links->boolean() ? TerminalRules::Hyperlinks::show : TerminalRules::Hyperlinks::drop;
  if (const YamlNode* clipboard = fields.find("clipboard")) rules.clipboard = clipboard->convert(parse_clipboard_mode);
  if (const YamlNode* notifications = fields.find("notifications"))
    rules.notifications = notifications->convert(parse_notification_mode);
  if (const YamlNode* images = fields.find("paste-images"))
    rules.pasted_images = images->boolean() ? TerminalRules::PastedImages::hand_over : TerminalRules::PastedImages::keep_out;
  return rules;
}

}  // namespace

Policy parse_policy(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields =
      root.mapping({"description", "resources", "workspace", "network", "credentials", "history", "settings", "terminal", "on-exit"});
  Policy policy;
  policy.name = source.stem().string();
  policy.source = source;
  if (const YamlNode* description = fields.find("description")) policy.description = description->line();
  if (const YamlNode* resources = fields.find("resources")) policy.resources = read_resources(*resources);
  if (const YamlNode* workspace = fields.find("workspace")) read_workspace(*workspace, policy);
  if (const YamlNode* network = fields.find("network")) {
    const YamlMapping parts = network->mapping({"mode", "allow", "deny", "groups", "lan", "ports", "ask", "proxy-variables"});
    policy.network = parts.required("mode").convert(parse_network_mode);
    policy.access = read_network_access(parts);
    // Who writes it believes to be asked; in the other modes nothing is refused for want of a rule, or everything is.
    if (policy.access.ask && policy.network != NetworkMode::allowlist)
      throw parts.required("ask").error("there is nothing to be asked in this mode", "say mode: allowlist, or leave ask out");
  }
  if (const YamlNode* credentials = fields.find("credentials")) read_credentials(*credentials, policy);
  if (const YamlNode* history = fields.find("history")) policy.history = history->convert(parse_history_mode);
  if (const YamlNode* settings = fields.find("settings")) policy.settings = settings->convert(parse_settings_mode);
  if (const YamlNode* terminal = fields.find("terminal")) policy.terminal = read_terminal(*terminal);
  if (const YamlNode* on_exit = fields.find("on-exit")) policy.on_exit = on_exit->convert(parse_on_exit);
  return policy;
}

}  // namespace agentbox
