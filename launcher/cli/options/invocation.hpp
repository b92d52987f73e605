// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_id.hpp"
#include "image/base/base_builder.hpp"
#include "session/egress_policy.hpp"
#include "session/manage.hpp"
#include "session/run_plan.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a command line asks for, as plain values: parse_command_line() makes one, run_command_line() obeys it. Nothing
/// in here was looked up yet; a name may not exist.
namespace agentbox {

enum class Verbosity { quiet, normal, verbose };
/// For people, for programs, or names alone (one a line).
enum class Format { table, json, names };

/// A text to print and be done: help on standard output, or what to do on standard error when nothing was asked for.
struct ShowText {
  std::string text;
  enum class To { output, error_output } to = To::output;
  int exit_code = 0;
};

/// What launches have in common: an agent, shell, run, snapshot resume.
struct LaunchOptions {
  RunRequest request;
  enum class Do { run, print_plan } action = Do::run;
  /// The result as JSON, into this file; "-": standard output; "true", as a flag without a value reads: the last line of standard error.
  std::optional<std::string> json;
  std::optional<std::string> junit;  ///< the result as JUnit XML, into this file
  enum class Timings { hide, show } timings = Timings::hide;
  enum class Strictness { lenient, strict } strictness = Strictness::lenient;  ///< strict: what a session leaves is in the exit code
  std::optional<std::string> patch_out;  ///< for the changes of a reviewed workspace
};

struct ResumeOptions {
  LaunchOptions launch;  ///< request.resume_snapshot is set; its kind is for the snapshot to say
  enum class Start { as_before, shell } start = Start::as_before;
};

struct ExecOptions {
  ExecRequest request;
  std::optional<std::string> record;  ///< as RunRequest::record
};

struct AttachOptions {
  std::string session;
  std::optional<std::string> record;
};

struct ListSessions {
  Format format = Format::table;
  enum class Of { sessions, disk_use } of = Of::sessions;
};
struct StopSessions {
  std::vector<std::string> sessions;
};
struct RemoveSessions {
  std::vector<std::string> sessions;
  Unseen unseen = Unseen::keep;
};

enum class ColorChoice { automatic, always, never };

/// Names no session: that of the current directory's project.
struct ShowDiff {
  std::string session;
  std::vector<std::string> paths;
  enum class Print { patch, stat, names, name_status, json } print = Print::patch;
  ColorChoice color = ColorChoice::automatic;
  std::optional<std::string> patch_out;
};
struct ApplyChanges {
  std::string session;
  std::vector<std::string> paths;
  enum class Choose { all, hunks } choose = Choose::all;
  enum class Commit { no, yes } commit = Commit::no;
  std::optional<std::string> branch;   ///< commits to a new one, and leaves the project alone
  std::optional<std::string> message;  ///< of the commit
  enum class Report { text, json } report = Report::text;
};
struct DiscardChanges {
  std::vector<std::string> sessions;
};
struct UndoChanges {
  std::string session;
  enum class Do { show, undo } action = Do::show;
};
struct CollectGarbage {};
struct ShowLogs {
  std::string session;
  enum class Print { contents, paths, egress, egress_check } print = Print::contents;
  Format format = Format::table;
  enum class Until { now, end_of_session } until = Until::now;
};

struct PlayRecording {
  std::string recording;  ///< a file, or a session
  double speed = 1;
  std::optional<double> idle_limit{};  ///< seconds
};

struct ShowReport {
  std::string session;
  std::optional<std::string> file;  ///< none: standard output
};

struct ShowTop {
  Format format = Format::table;
  enum class Print { as_it_goes, once } print = Print::as_it_goes;  ///< as it goes: on a terminal
};

struct BuildBase {
  std::string name;
  std::vector<std::string> agents;  ///< not the base itself, but a layer upon it for each of these
  Rebuild rebuild = Rebuild::if_missing;
  ImageContext::HostCa host_ca = ImageContext::HostCa::hand_over;
  Confinement confinement = Confinement::automatic;
};
struct ListBases {
  Format format = Format::table;
};
struct ShowBase {
  std::string name;
  Format format = Format::table;
};
struct RemoveBases {
  std::vector<std::string> names;
};

struct ListTemplates {
  Format format = Format::table;
};
struct RemoveTemplates {
  std::vector<std::string> names;
};
struct PrewarmTemplate {
  std::string name;  ///< an agent or a base; empty: config.yaml's base, or that of the request
  RunRequest request;
};

struct ListHistory {
  Format format = Format::table;
};
struct RemoveHistory {
  std::optional<std::string> directory;  ///< none: the current one
  std::string agent;                     ///< empty: every agent's
  enum class Of { project, all_projects } of = Of::project;
};

struct ListHot {
  Format format = Format::table;
};
struct RemoveHot {
  std::optional<std::string> directory;  ///< none: the current one
  enum class Of { project, all_projects } of = Of::project;
};

struct TakeSnapshot {
  std::string session;
  std::string name;  ///< empty: one made of the session's
  Format format = Format::table;
};
struct ForkOptions {
  std::string source;  ///< a session or a snapshot
  int count = 1;
};

struct ListSnapshots {
  Format format = Format::table;
};
struct ShowSnapshot {
  std::string name;
  Format format = Format::table;
};
struct RemoveSnapshots {
  std::vector<std::string> names;
};

struct ListAgents {
  Format format = Format::table;
};
struct ShowAgent {
  std::string name;
  Format format = Format::table;
};
struct UpdateAgents {
  std::vector<std::string> names;  ///< none: all that are installed
  ImageContext::HostCa host_ca = ImageContext::HostCa::hand_over;
  Confinement confinement = Confinement::automatic;
};
struct ListPolicies {
  Format format = Format::table;
};
struct ShowPolicy {
  std::string name;
  Format format = Format::table;
};

struct CheckPolicy {
  std::string policy;
  std::string url;
  Format format = Format::table;
};
struct AddRules {
  std::string session;
  RuleKind kind = RuleKind::allow;
  std::vector<std::string> rules;
};

struct ListAnswers {
  Format format = Format::table;
};
struct ForgetAnswers {
  std::string directory;
  std::vector<std::string> hosts;  ///< none: all
};

/// Where a stored key counts, as said: nothing was looked up yet.
struct ScopeOptions {
  std::optional<std::string> agent;
  std::optional<std::string> project;
};
struct SetSecret {
  std::string name;
  ScopeOptions scope;
  std::optional<SecretStoreChoice> store;  ///< none: as config.yaml says
};
struct ListSecrets {
  Format format = Format::table;
};
struct RemoveSecrets {
  std::vector<std::string> names;
  ScopeOptions scope;
};

struct Doctor {
  Format format = Format::table;
};
enum class Shell { bash, zsh, fish };

struct PrintAliases {
  std::vector<std::string> agents;  ///< empty: all
  enum class Do { print, install, uninstall } action = Do::print;
  std::optional<Shell> shell;  ///< whose startup file; none: SHELL's
};
struct PrintCompletion {
  Shell shell = Shell::bash;
};
/// What the completion scripts call: the words after the program's name, the last one up to the cursor.
struct CompleteWords {
  std::vector<std::string> words;
};

using Invocation =
    std::variant<ShowText, LaunchOptions, ResumeOptions, ExecOptions, AttachOptions, ListSessions, StopSessions, RemoveSessions, ShowDiff, ApplyChanges, DiscardChanges, UndoChanges,
                 CollectGarbage, ShowLogs, PlayRecording, ShowReport, ShowTop, BuildBase, ListBases, ShowBase, RemoveBases, ListTemplates, RemoveTemplates, PrewarmTemplate, ListHistory, RemoveHistory, ListHot, RemoveHot, TakeSnapshot, ForkOptions, ListSnapshots, ShowSnapshot,
                 RemoveSnapshots, ListAgents, ShowAgent, UpdateAgents, ListPolicies, ShowPolicy, CheckPolicy, AddRules, ListAnswers, ForgetAnswers, SetSecret, ListSecrets,
                 RemoveSecrets, Doctor, PrintAliases, PrintCompletion, CompleteWords>;

}  // namespace agentbox
