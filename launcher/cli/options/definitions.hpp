// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/parse.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

/// How the options of our commands are made known to CLI11. Private to this folder: everybody else sees Invocation
/// values, or CommandText for what can be said. One define_ function per command or group.
///
/// The type name of an option or argument is what help shows for its value, and what completion goes by: "BASE",
/// "SESSION", "DIR", ... (see complete.cpp), or the words to choose from: "open|offline".
namespace agentbox {

/// One parser for each command, none below another: CLI11 takes any word for a sub-command if a parent has one of that
/// name, so that a snapshot called "ls" could never be removed.
struct CommandParser {
  std::vector<std::string> path;  ///< "base", "build"
  std::unique_ptr<CLI::App> app;
};

/// A first word that only leads to others: "base".
struct CommandGroup {
  std::string name;
  std::string summary;
};

/// All that can be said. The parsers write to result, which must outlive them.
struct Definitions {
  CommandLine& result;
  std::unique_ptr<CLI::App> launch;  ///< what may stand before an agent
  std::shared_ptr<LaunchOptions> launch_options;
  std::vector<CommandParser> commands;
  std::vector<CommandGroup> groups;
};
Definitions define_all(CommandLine& result);

/// A command with the value that its options are written to. The value lives as long as the parser.
template <typename Options>
struct Command {
  CLI::App& app;
  Options& options;
};

/// Adds a command; when its parser has run, its options are the invocation.
/// examples: lines, the command and two spaces or more before the explanation.
template <typename Options>
Command<Options> add_command(Definitions& all, std::vector<std::string> path, const std::string& summary,
                             const std::string& examples) {
  auto app = std::make_unique<CLI::App>(summary);
  auto options = std::make_shared<Options>();
  app->set_help_flag("-h,--help", "Print help");
  app->footer(examples);
  app->callback([options, &result = all.result] { result.invocation = *options; });
  all.commands.push_back({.path = std::move(path), .app = std::move(app)});
  return {*all.commands.back().app, *options};
}

/// -v and -q, for commands that show progress.
void add_verbosity(CLI::App& app, CommandLine& result);
/// --json and -q (names only), for listings.
void add_format(CLI::App& app, Format& format);
/// --json alone, for what has no names.
void add_json(CLI::App& app, Format& format);

/// --host-ca withheld, --unconfined: wherever a base image may be built.
void add_host_ca(CLI::App& app, ImageContext::HostCa& host_ca);
void add_unconfined(CLI::App& app, Confinement& confinement);

/// --raw-terminal: wherever a guest's output is shown.
void add_raw_terminal(CLI::App& app, TerminalFilter& filter);
void add_record(CLI::App& app, std::optional<std::string>& record);

CLI::Option* add_argument(CLI::App& app, const std::string& type, const std::string& description, std::string& target);
CLI::Option* add_arguments(CLI::App& app, const std::string& type, const std::string& description,
                           std::vector<std::string>& target);

/// --base, --policy, --cpus, --memory, --disk: what a machine is forked from, and its size.
void add_machine_options(CLI::App& app, RunRequest& request);

/// All options of a launch, -v, -q and --json among them.
void add_launch_options(CLI::App& app, LaunchOptions& options, CommandLine& result);

void define_shell(Definitions& all);
void define_run(Definitions& all);
void define_exec(Definitions& all);
void define_attach(Definitions& all);
void define_ls(Definitions& all);
void define_stop(Definitions& all);
void define_rm(Definitions& all);
void define_diff(Definitions& all);
void define_apply(Definitions& all);
void define_discard(Definitions& all);
void define_undo(Definitions& all);
void define_gc(Definitions& all);
void define_logs(Definitions& all);
void define_play(Definitions& all);
void define_report(Definitions& all);
void define_top(Definitions& all);
void define_base(Definitions& all);
void define_template(Definitions& all);
void define_fork(Definitions& all);
void define_snapshot(Definitions& all);
void define_history(Definitions& all);
void define_hot(Definitions& all);
void define_agents(Definitions& all);
void define_policy(Definitions& all);
void define_secret(Definitions& all);
void define_doctor(Definitions& all);
void define_completion(Definitions& all);
void define_alias(Definitions& all);

}  // namespace agentbox
