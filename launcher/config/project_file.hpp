// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/policy.hpp"
#include "config/yaml/node.hpp"
#include "egress/egress_rules.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agentbox {

/// What a project's file says for one key, and where.
template <class Value>
struct Wish {
  Value value;
  YamlPlace place;
};

/// .agentbox.yaml in a project: data, with a part of a policy's keys. It comes with the project, from anybody, so it may only tighten what
/// the policy allows; see tighten(). A pure value.
struct ProjectFile {
  std::filesystem::path source;
  std::optional<Wish<int>> cpus;
  std::optional<Wish<ByteSize>> memory;
  std::optional<Wish<ByteSize>> disk;
  std::optional<Wish<std::chrono::seconds>> timeout;
  std::optional<Wish<WorkspaceMode>> workspace;
  std::optional<Wish<Policy::CopyIgnored>> copy_ignored;
  std::vector<std::string> guarded;  ///< besides the policy's; nothing is taken back
  std::vector<std::string> hidden;   ///< likewise
  std::optional<Wish<HotState>> hot_state;
  std::optional<Wish<NetworkMode>> network;
  std::optional<std::vector<Wish<EgressRule>>> allow;
  std::optional<std::vector<Wish<std::string>>> groups;
  std::vector<EgressRule> deny;
  std::optional<std::vector<Wish<LanRule>>> lan;
  std::optional<std::vector<Wish<PublishedPort>>> ports;
  std::optional<Wish<bool>> ask;
  std::optional<Wish<CredentialMode>> credentials;
  std::optional<Wish<std::uint64_t>> max_tokens;
  std::optional<Wish<Money>> max_cost;
  std::optional<Wish<std::uint64_t>> max_requests;
  std::optional<Wish<HistoryMode>> history;
  std::optional<Wish<SettingsMode>> settings;
  std::optional<Wish<TerminalRules::Titles>> titles;
  std::optional<Wish<TerminalRules::Hyperlinks>> hyperlinks;
  std::optional<Wish<TerminalRules::Clipboard>> clipboard;
  std::optional<Wish<TerminalRules::Notifications>> notifications;
  std::optional<Wish<TerminalRules::PastedImages>> pasted_images;
};

inline constexpr const char* project_file_name = ".agentbox.yaml";

/// Throws Error{config} with file:line:column. A file with nothing but comments asks for nothing.
ProjectFile parse_project_file(std::string_view text, const std::filesystem::path& source);

/// Each key that it has with its value, for --dry-run: {"network.mode", "offline"}.
std::vector<std::pair<std::string, std::string>> describe(const ProjectFile& file);

}  // namespace agentbox
