// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/project_file.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

template <class Value, class Show>
void add_line(Lines& lines, const std::string& key, const std::optional<Wish<Value>>& wish, Show show) {
  if (wish) lines.emplace_back(key, show(wish->value));
}

template <class Value, class Show>
void add_list(Lines& lines, const std::string& key, const std::optional<std::vector<Wish<Value>>>& wishes, Show show) {
  if (!wishes) return;
  std::vector<std::string> texts;
  for (const auto& wish : *wishes) texts.push_back(show(wish.value));
  lines.emplace_back(key, texts.empty() ? "none" : join(texts, ", "));
}

template <class Mode>
std::string mode_word(Mode mode) {
  return to_string(mode);
}

}  // namespace

Lines describe(const ProjectFile& file) {
  const auto size = [](const ByteSize& one) { return one.to_string(); };
  const auto number = [](auto one) { return std::to_string(one); };
  const auto rule = [](const auto& one) { return one.text(); };
  Lines lines;
  add_line(lines, "resources.cpus", file.cpus, number);
  add_line(lines, "resources.memory", file.memory, size);
  add_line(lines, "resources.disk", file.disk, size);
  add_line(lines, "resources.timeout", file.timeout, [](std::chrono::seconds time) { return format_duration(time); });
  add_line(lines, "workspace.mode", file.workspace, mode_word<WorkspaceMode>);
  add_line(lines, "workspace.copy-ignored", file.copy_ignored, [](Policy::CopyIgnored one) { return one == Policy::CopyIgnored::yes ? "true" : "false"; });
  if (!file.guarded.empty()) lines.emplace_back("workspace.guarded", join(file.guarded, ", "));
  if (!file.hidden.empty()) lines.emplace_back("workspace.hidden", join(file.hidden, ", "));
  add_line(lines, "workspace.hot-state", file.hot_state, mode_word<HotState>);
  add_line(lines, "network.mode", file.network, mode_word<NetworkMode>);
  add_list(lines, "network.allow", file.allow, rule);
  add_list(lines, "network.groups", file.groups, [](const std::string& one) { return one; });
  for (const auto& one : file.deny) lines.emplace_back("network.deny", one.text());
  add_list(lines, "network.lan", file.lan, rule);
  add_list(lines, "network.ports", file.ports, [](const PublishedPort& port) { return fmt::format("{}:{}", port.host, port.guest); });
  add_line(lines, "network.ask", file.ask, [](bool one) { return one ? "true" : "false"; });
  add_line(lines, "credentials.mode", file.credentials, mode_word<CredentialMode>);
  add_line(lines, "credentials.max-tokens", file.max_tokens, number);
  add_line(lines, "credentials.max-cost", file.max_cost, [](const Money& one) { return one.to_string(); });
  add_line(lines, "credentials.max-requests", file.max_requests, number);
  add_line(lines, "history", file.history, mode_word<HistoryMode>);
  add_line(lines, "settings", file.settings, mode_word<SettingsMode>);
  add_line(lines, "terminal.titles", file.titles, [](auto one) { return one == TerminalRules::Titles::show ? "true" : "false"; });
  add_line(lines, "terminal.hyperlinks", file.hyperlinks, [](auto one) { return one == TerminalRules::Hyperlinks::show ? "true" : "false"; });
  add_line(lines, "terminal.clipboard", file.clipboard, mode_word<TerminalRules::Clipboard>);
  add_line(lines, "terminal.notifications", file.notifications, mode_word<TerminalRules::Notifications>);
  add_line(lines, "terminal.paste-images", file.pasted_images, [](auto one) { return one == TerminalRules::PastedImages::hand_over ? "true" : "false"; });
  return lines;
}

}  // namespace agentbox
