// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/git_access.hpp"
#include "core/money.hpp"
#include "core/terminal_rules.hpp"
#include "core/units.hpp"
#include "egress/egress_rules.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// overlay, copy: the guest works on a layer of its own, or on a copy; its changes are reviewed before they reach the project.
enum class WorkspaceMode { live, overlay, copy, readonly, none };
/// Whether the project stays as it is until the user applies what the session has changed.
bool is_reviewed(WorkspaceMode mode);
/// How an agent gets at its model. brokered: the keys stay on the host, the session gets placeholders. direct: the keys
/// enter the session. none: neither.
enum class CredentialMode { brokered, direct, none };
/// Whether an agent's conversations survive the session.
enum class HistoryMode { keep, none };
/// Whether a session gets its user's own settings of its agent (AgentProfile::settings).
enum class SettingsMode { import, none };
enum class OnExit { destroy, snapshot, keep, ask };
/// Whether what is in a project's hot directories is there for its next session, too.
enum class HotState { fresh, keep };

/// Directories of a live project that are the guest's own: on its disk, not in the share. What package managers and builds fill
/// (docs/workspace.md).
struct HotDirectories {
  enum class Detect { no, by_project } detect = Detect::no;  ///< by_project: those that go with its kind
  std::vector<std::string> paths = {};                       ///< further ones, relative to the project
  friend bool operator==(const HotDirectories&, const HotDirectories&) = default;
};

std::string to_string(WorkspaceMode mode);
std::string to_string(HotState state);
std::string to_string(const HotDirectories& hot);
std::string to_string(OnExit mode);
std::string to_string(HistoryMode mode);
std::string to_string(SettingsMode mode);
std::string to_string(CredentialMode mode);
std::string to_string(TerminalRules::Clipboard mode);
std::string to_string(TerminalRules::Notifications mode);
/// These throw Error{usage} naming the accepted words; for command-line values.
NetworkMode parse_network_mode(const std::string& text);
WorkspaceMode parse_workspace_mode(const std::string& text);
OnExit parse_on_exit(const std::string& text);
HistoryMode parse_history_mode(const std::string& text);
SettingsMode parse_settings_mode(const std::string& text);
HotState parse_hot_state(const std::string& text);
/// "none", or a list with commas of "auto" and paths.
HotDirectories parse_hot_directories(const std::string& text);
/// One word of such a list; it must not be there already.
void add_hot_directory(HotDirectories& hot, const std::string& word);
CredentialMode parse_credential_mode(const std::string& text);
TerminalRules::Clipboard parse_clipboard_mode(const std::string& text);
TerminalRules::Notifications parse_notification_mode(const std::string& text);
/// "500000", "500k", "2M" (thousands and millions); 1 to 10^12. Throws Error{usage}.
std::uint64_t parse_count(const std::string& text);

/// What a session may use up of its keys; nothing set: no limit. Counted and enforced by the broker.
struct UsageCaps {
  std::optional<std::uint64_t> tokens{};  ///< of all kinds together
  std::optional<Money> cost{};
  std::optional<std::uint64_t> requests{};  ///< model calls
  friend bool operator==(const UsageCaps&, const UsageCaps&) = default;
};

/// A port of the guest that the host's users reach as 127.0.0.1:host.
struct PublishedPort {
  std::uint16_t host;
  std::uint16_t guest;
  friend bool operator==(const PublishedPort&, const PublishedPort&) = default;
};

/// A policy's network section but for its mode, with groups by name; expand_egress() (egress.hpp) makes rules of it.
struct NetworkAccess {
  std::vector<EgressRule> allow = {};
  std::vector<EgressRule> deny = {};
  std::vector<std::string> groups = {};
  std::vector<LanRule> lan = {};
  std::vector<PublishedPort> ports = {};
  bool ask = false;              ///< about hosts that an allowlist does not name, where there is a terminal
  bool proxy_variables = false;  ///< http_proxy and its kin in the session
  friend bool operator==(const NetworkAccess&, const NetworkAccess&) = default;
};

/// What a session may do. policies/NAME.yaml. A pure value.
struct Policy {
  std::string name;
  std::string description;
  struct Resources {
    int cpus = 2;
    ByteSize memory = ByteSize::gibibytes(2);
    ByteSize disk = ByteSize::gibibytes(20);
    std::optional<std::chrono::seconds> timeout;
    friend bool operator==(const Resources&, const Resources&) = default;
  } resources;
  WorkspaceMode workspace = WorkspaceMode::live;
  enum class CopyIgnored { yes, no } copy_ignored = CopyIgnored::yes;  ///< in mode copy: with what .gitignore names
  std::vector<std::string> guarded;  ///< patterns, besides agentbox's own: what a session may not change
  std::vector<std::string> hidden;   ///< likewise: what it may not see
  enum class ReviewIgnored { no, yes } review_ignored = ReviewIgnored::no;  ///< with what git ignores in the session
  HotDirectories hot = {};
  HotState hot_state = HotState::fresh;
  NetworkMode network = NetworkMode::open;
  CredentialMode credentials = CredentialMode::brokered;
  UsageCaps caps;
  std::vector<GitAccess> git;  ///< one for each service
  NetworkAccess access;
  HistoryMode history = HistoryMode::keep;
  SettingsMode settings = SettingsMode::import;
  TerminalRules terminal;
  OnExit on_exit = OnExit::destroy;
  std::filesystem::path source;
};

}  // namespace agentbox
