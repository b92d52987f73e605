// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/agent_profile.hpp"
#include "config/policy.hpp"
#include "core/money.hpp"
#include "core/units.hpp"
#include "gateway/broker/plan.hpp"
#include "guard/rules.hpp"
#include "session/application.hpp"
#include "session/hot_directories.hpp"
#include "session/key_sources.hpp"
#include "session/shared_directories.hpp"
#include "store/live_manifest.hpp"
#include "vm/qemu/machine.hpp"
#include "workspace/artifacts/artifact_rule.hpp"
#include "workspace/git/repository.hpp"

namespace agentbox {

enum class RunKind { agent, shell, command };
enum class StartMethod { fork, cold };
enum class ProjectFileUse { use, ignore };  ///< of .agentbox.yaml
enum class ResumeFrom { disk, memory };  ///< memory: a live snapshot's, whose command goes on where it was
enum class Attendance { as_called, detached };  ///< detached: with a terminal that nobody looks at, until somebody attaches to it
enum class AskNetwork { as_policy, yes };  ///< yes: the user is asked about unlisted hosts, whatever the policy says
/// Whether the user is asked about hosts that the allowlist lacks. no_terminal: would be, but nobody is there.
enum class NetworkAsking { never, on_terminal, no_terminal };

/// What the user asked for, as parsed, nothing looked up yet.
struct RunRequest {
  RunKind kind = RunKind::shell;
  std::string agent;                                 ///< profile name when kind is agent
  std::optional<std::filesystem::path> directory;    ///< as given; none: the current directory
  std::vector<std::string> arguments;                ///< for the agent, or the whole command
  std::optional<std::string> base;
  std::optional<std::string> policy;
  std::optional<int> cpus;
  std::optional<ByteSize> memory;
  std::optional<ByteSize> disk;
  std::optional<std::chrono::seconds> timeout;
  std::optional<std::chrono::seconds> max_time;
  std::vector<ArtifactRule> artifacts;
  std::optional<WorkspaceMode> workspace;
  std::optional<NetworkMode> network;
  std::optional<CredentialMode> credentials;
  UsageCaps caps;                                    ///< those that are set replace the policy's
  std::optional<OnExit> on_exit;
  Attendance attendance = Attendance::as_called;
  std::optional<std::string> snapshot_name;
  std::vector<std::pair<Port, Port>> host_ports;     ///< guest loopback port, host loopback port
  std::vector<PublishedPort> publish;                ///< besides those of the policy
  std::vector<std::string> environment;              ///< NAME=value, or NAME to pass the host's value on
  std::vector<RequestedMount> mounts;
  std::optional<HistoryMode> history;
  std::optional<SettingsMode> settings;
  ProjectFileUse project_file = ProjectFileUse::use;
  std::optional<HotDirectories> hot;
  std::optional<HotState> hot_state;
  std::optional<Policy::ReviewIgnored> review_ignored;
  AskNetwork ask_network = AskNetwork::as_policy;
  Permissions permissions = Permissions::skip;
  TerminalFilter terminal_filter = TerminalFilter::on;
  std::optional<std::string> record;                 ///< into this file; "true", as a flag without a value reads: one of ours
  StartMethod start = StartMethod::fork;
  Confinement confinement = Confinement::automatic;
  ImageContext::HostCa host_ca = ImageContext::HostCa::hand_over;  ///< when a base image has to be built first
  std::optional<std::string> resume_snapshot;        ///< start from this snapshot
  ResumeFrom resume_from = ResumeFrom::disk;
};

/// A variable for the agent's session. Values of secret ones are never printed, logged or stored.
struct SessionVariable {
  std::string name;
  std::string value;
  enum class Kind { plain, secret } kind = Kind::plain;
};

/// One run, completely decided: what --dry-run prints and what run() executes. A pure value.
struct RunPlan {
  RunKind kind = RunKind::shell;
  std::string label;                       ///< "claude", "shell", "run": for the session's id and for ls
  std::filesystem::path project;           ///< canonical host path; empty when workspace is none
  WorkspaceMode workspace = WorkspaceMode::live;
  GitRepository repository;                ///< of the project
  HotPlan hot;
  DirectoriesPlan directories;
  GuardRules guard;                        ///< of the project and of each mount
  Policy::CopyIgnored copy_ignored = Policy::CopyIgnored::yes;
  Policy::ReviewIgnored review_ignored = Policy::ReviewIgnored::no;
  std::string policy;
  std::vector<std::pair<std::string, std::string>> project_file;  ///< what the project's .agentbox.yaml asks for
  std::string base;
  int cpus = 2;
  ByteSize memory;
  ByteSize disk;
  std::optional<std::chrono::seconds> timeout;   ///< of the command
  std::optional<std::chrono::seconds> max_time;  ///< of the run until the command is over
  std::vector<ArtifactRule> artifacts;
  NetworkMode network = NetworkMode::open;
  EgressRules egress;                      ///< the same in full: what the gateway enforces
  NetworkAsking asking = NetworkAsking::never;
  CredentialMode credentials = CredentialMode::brokered;
  std::vector<KeyOrigin> keys;             ///< where the keys of this session come from
  /// What the credential broker is told, with the real keys in it; none: there is nothing to broker. Shared, because secrets
  /// cannot be copied.
  std::shared_ptr<BrokerPlan> broker;
  std::optional<TerminalRules> terminal = TerminalRules{};  ///< see RelayOptions
  TerminalRules::PastedImages pasted_images = TerminalRules::PastedImages::keep_out;
  std::optional<std::filesystem::path> recording;  ///< the file that shows what was shown; empty: one of ours, by the session's id
  OnExit on_exit = OnExit::destroy;
  Attendance attendance = Attendance::as_called;
  std::string snapshot_name;               ///< empty: the session's id
  StartMethod start = StartMethod::fork;
  Confinement confinement = Confinement::bubblewrap;
  ImageContext::HostCa host_ca = ImageContext::HostCa::hand_over;
  std::string user;                        ///< in the guest
  std::vector<std::string> command;        ///< empty: a login shell
  std::vector<SessionVariable> environment;
  std::vector<std::pair<Port, Port>> forwards;   ///< guest loopback port -> host loopback port
  std::vector<PublishedPort> published;    ///< host loopback port -> guest loopback port
  std::vector<SeedFile> seed;              ///< rendered; may hold the tail of a key, so contents are not printed
  /// Of files of the user's: the keys whose values stand in the seed.
  std::vector<std::pair<std::string, std::vector<std::string>>> chosen_settings;
  std::optional<std::string> resume_snapshot;
  std::optional<LiveManifest> live;        ///< of that snapshot, when its command goes on: then there is none to be started
  std::string changes_of;                  ///< the session whose changes are brought out; empty: this one's
  std::filesystem::path index;             ///< what lay in the project when that began; empty: made at the start
  std::vector<std::string> warnings;       ///< for the user, before the start (a missing key, ...)
};

/// Looks up profile, policy, project and keys. Throws Error{usage|config|environment} for what cannot work: an unknown
/// name, a directory that may not be shared, a missing key when there is no terminal to log in at.
/// Key values are looked up only for a run: that may start the user's password manager.
enum class Terminal { present, absent };
enum class KeyValues { fetch, leave };  ///< leave: for --dry-run; the plan cannot be run
RunPlan make_run_plan(const RunRequest& request, const Application& application, Terminal terminal, KeyValues values);

/// Whether the session may go on when its caller does not wait any more: it is started detached, is kept at its end, or is started
/// on a terminal, from which it can be detached.
bool may_outlast_caller(const RunRequest& request, const Application& application, Terminal terminal);

/// A port of the host's loopback that the guest reaches on its own; once for the same pair. Throws Error{usage} when the
/// guest's port leads elsewhere already.
void add_forward(RunPlan& plan, Port guest, Port host);

/// For people (--dry-run) and for programs (--dry-run --json). No secret value in either.
std::string describe(const RunPlan& plan);
std::string describe_json(const RunPlan& plan);

}  // namespace agentbox
