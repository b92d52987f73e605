// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

Shell parse_shell(const std::string& name) {
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  throw Error(ErrorKind::usage, "no such shell is known here: \"" + escape_untrusted(name, 80) + "\"",
              "Known shells: bash, zsh, fish.");
}

}  // namespace

void define_doctor(Definitions& all) {
  auto [app, options] =
      add_command<Doctor>(all, {"doctor"}, "Check what works on this machine",
                          "agentbox doctor                       exit code 1 if there is a problem\n");
  add_json(app, options.format);
}

void define_completion(Definitions& all) {
  auto [app, options] =
      add_command<PrintCompletion>(all, {"completion"}, "Print a completion script for your shell",
                                   "eval \"$(agentbox completion bash)\"    in ~/.bashrc\n"
                                   "agentbox completion zsh > ~/.zfunc/_agentbox\n"
                                   "agentbox completion fish > ~/.config/fish/completions/agentbox.fish\n");
  app.add_option_function<std::string>(
         "SHELL", [&shell = options.shell](const std::string& name) { shell = parse_shell(name); }, "Your shell")
      ->type_name("bash|zsh|fish")
      ->required();
}

void define_alias(Definitions& all) {
  auto [app, options] = add_command<PrintAliases>(all, {"alias"}, "Print aliases that put agents into VMs",
                                                  "eval \"$(agentbox alias)\"              in ~/.bashrc: all agents\n"
                                                  "agentbox alias claude codex           only these\n"
                                                  "agentbox alias --install claude       into ~/.bashrc, or your shell's own file\n"
                                                  "agentbox alias --uninstall            out of it again\n");
  add_arguments(app, "AGENT", "Agents (default: all)", options.agents)->required(false);
  auto* install = app.add_flag_callback(
      "--install", [&action = options.action] { action = PrintAliases::Do::install; },
      "Write them into your shell's startup file, between two marks; once more replaces them");
  app.add_flag_callback(
         "--uninstall", [&action = options.action] { action = PrintAliases::Do::uninstall; }, "Remove what --install has written")
      ->excludes(install);
  app.add_option_function<std::string>(
         "--shell", [&shell = options.shell](const std::string& name) { shell = parse_shell(name); },
         "For which shell (default: that of SHELL)")
      ->type_name("bash|zsh|fish");
}

}  // namespace agentbox
