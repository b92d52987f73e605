// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cli/options/parse.hpp"

/// How the options of our commands are made known to CLI11. Private to this folder: everybody else sees Invocation values, or
/// CommandText for what can be said. One define_ function per command; parser.cpp lists them.
///
/// The type name of an option or argument is what help shows for its value, and what completion goes by: "BASE", "SESSION",
/// "DIR", ... (see complete.cpp), or the words to choose from: "open|offline".
namespace agentbox {

/// A command with the value that its options are written to. The value lives as long as the parser.
template <typename Options>
struct Command {
  CLI::App& app;
  Options& options;
};

/// Adds a command below parent; when the command line names it, its options become the invocation.
/// examples: lines, the command and two spaces or more before the explanation.
template <typename Options>
Command<Options> add_command(CLI::App& parent, const std::string& name, const std::string& summary,
                             const std::string& examples, CommandLine& result) {
  CLI::App* app = parent.add_subcommand(name, summary);
  auto options = std::make_shared<Options>();
  app->footer(examples);
  app->callback([options, &result] { result.invocation = *options; });
  return {*app, *options};
}

/// A command that only has commands below it ("base").
CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& summary);

/// -v and -q, for commands that show progress.
void add_verbosity(CLI::App& app, CommandLine& result);
/// --json and -q (names only), for listings.
void add_format(CLI::App& app, Format& format);
/// --json alone, for what has no names.
void add_json(CLI::App& app, Format& format);

/// --host-ca withheld, --unconfined: wherever a base image may be built.
void add_host_ca(CLI::App& app, ImageContext::HostCa& host_ca);
void add_unconfined(CLI::App& app, Confinement& confinement);

CLI::Option* add_argument(CLI::App& app, const std::string& type, const std::string& description, std::string& target);
CLI::Option* add_arguments(CLI::App& app, const std::string& type, const std::string& description,
                           std::vector<std::string>& target);

/// All options of a launch, -v, -q and --json among them.
void add_launch_options(CLI::App& app, LaunchOptions& options, CommandLine& result);

void define_shell(CLI::App& root, CommandLine& result);
void define_run(CLI::App& root, CommandLine& result);
void define_exec(CLI::App& root, CommandLine& result);
void define_ls(CLI::App& root, CommandLine& result);
void define_stop(CLI::App& root, CommandLine& result);
void define_rm(CLI::App& root, CommandLine& result);
void define_gc(CLI::App& root, CommandLine& result);
void define_logs(CLI::App& root, CommandLine& result);
void define_base(CLI::App& root, CommandLine& result);
void define_snapshot(CLI::App& root, CommandLine& result);
void define_agents(CLI::App& root, CommandLine& result);
void define_policy(CLI::App& root, CommandLine& result);
void define_secret(CLI::App& root, CommandLine& result);
void define_doctor(CLI::App& root, CommandLine& result);
void define_completion(CLI::App& root, CommandLine& result);
void define_alias(CLI::App& root, CommandLine& result);

/// The two trees of CLI11. launch knows what may stand before an agent; commands has a sub-command for each command of ours.
/// Both write to result, which must outlive them.
struct Parser {
  std::unique_ptr<CLI::App> launch;
  std::unique_ptr<CLI::App> commands;
  std::shared_ptr<LaunchOptions> launch_options;
};
Parser make_parser(CommandLine& result);

}  // namespace agentbox
