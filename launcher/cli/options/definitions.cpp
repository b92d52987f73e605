// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

#include <map>

namespace agentbox {

void add_verbosity(CLI::App& app, CommandLine& result) {
  auto* verbose = app.add_flag_callback(
      "-v,--verbose", [&result] { result.verbosity = Verbosity::verbose; }, "Say more about what is done");
  auto* quiet = app.add_flag_callback(
      "-q,--quiet", [&result] { result.verbosity = Verbosity::quiet; }, "Show no progress, only problems");
  quiet->excludes(verbose);
}

void add_json(CLI::App& app, Format& format) {
  app.add_flag_callback(
      "--json", [&format] { format = Format::json; }, "Print JSON");
}

void add_format(CLI::App& app, Format& format) {
  add_json(app, format);
  auto* names = app.add_flag_callback(
      "-q,--quiet", [&format] { format = Format::names; }, "Print names only, one a line");
  names->excludes("--json");
}

void add_host_ca(CLI::App& app, ImageContext::HostCa& host_ca) {
  app.add_flag_callback(
      "--no-host-ca", [&host_ca] { host_ca = ImageContext::HostCa::withhold; },
      "Do not let a base image that has to be built use the host's CA certificates meanwhile");
}

void add_unconfined(CLI::App& app, Confinement& confinement) {
  app.add_flag_callback(
      "--unconfined", [&confinement] { confinement = Confinement::none; },
      "Run QEMU without walls around it: a guest that breaks out of QEMU has all your rights");
  // The choice is by what the host can do; to be told is for tests, and for hosts where it is wrong.
  const std::map<std::string, Confinement> kinds = {{"auto", Confinement::automatic},
                                                    {"bubblewrap", Confinement::bubblewrap},
                                                    {"landlock", Confinement::landlock}};
  app.add_option_function<std::string>("--confinement", [&confinement, kinds](const std::string& kind) {
       confinement = kinds.at(kind);
     }, "What keeps QEMU in: auto, bubblewrap or landlock")
      ->type_name("KIND")
      ->check(CLI::IsMember(kinds).description(""));
}

void add_raw_terminal(CLI::App& app, TerminalFilter& filter) {
  app.add_flag_callback(
      "--raw-terminal", [&filter] { filter = TerminalFilter::off; },
      "Let the terminal obey all that the VM writes: its clipboard, its reports and more are the VM's then");
}

// A flag that may have a value, behind "=" alone: what follows is another word.
void add_record(CLI::App& app, std::optional<std::string>& record) {
  app.add_flag("--record", record, "Record what is shown, secrets masked, for agentbox play; --record=FILE: into that file");
}

CLI::Option* add_argument(CLI::App& app, const std::string& type, const std::string& description, std::string& target) {
  return app.add_option(type, target, description)->type_name(type)->required();
}

CLI::Option* add_arguments(CLI::App& app, const std::string& type, const std::string& description,
                           std::vector<std::string>& target) {
  return app.add_option(type, target, description)->type_name(type)->required();
}

Definitions define_all(CommandLine& result) {
  Definitions all{.result = result,
                  .launch = std::make_unique<CLI::App>(),
                  .launch_options = std::make_shared<LaunchOptions>(),
                  .commands = {},
                  .groups = {}};
  all.launch->set_help_flag("-h,--help", "Print help");
  add_launch_options(*all.launch, *all.launch_options, result);
  all.launch->add_flag("--version")->description("Print the version");
  for (const auto define :
       {define_shell, define_run, define_exec, define_attach, define_ls, define_stop, define_rm, define_diff, define_apply, define_discard, define_undo, define_gc, define_logs, define_play, define_report, define_top, define_base,
        define_template, define_snapshot, define_fork, define_history, define_hot, define_agents, define_policy, define_secret, define_doctor, define_completion, define_alias}) {
    define(all);
  }
  return all;
}

}  // namespace agentbox
