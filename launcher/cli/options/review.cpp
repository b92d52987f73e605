// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

namespace {

constexpr const char* reviewed_help = "Session: its id, the beginning of it, or \"last\" (default: the newest of this directory's project)";

void add_reviewed_session(CLI::App& app, std::string& session) {
  app.add_option_function<std::string>("SESSION", [&session](const std::string& text) { session = text; }, reviewed_help)
      ->type_name("SESSION");
}

void add_paths(CLI::App& app, std::vector<std::string>& paths, const std::string& what) {
  app.add_option_function<std::vector<std::string>>(
         "PATH", [&paths](const std::vector<std::string>& words) { paths = words; }, what)
      ->type_name("PATH");
}

}  // namespace

void define_diff(Definitions& all) {
  auto [app, options] = add_command<ShowDiff>(all, {"diff"}, "Show what a session with --workspace overlay or copy has changed",
                                              "agentbox diff                         of this project's newest session\n"
                                              "agentbox diff --stat claude-7k2m9d\n"
                                              "agentbox diff last src                in this directory only\n"
                                              "agentbox diff last --patch-out x.patch    for git apply\n");
  add_reviewed_session(app, options.session);
  add_paths(app, options.paths, "Only what is at or below these, named from the project on");
  app.add_flag_callback("--stat", [&print = options.print] { print = ShowDiff::Print::stat; }, "Only how many lines of which files");
  app.add_flag_callback("--json", [&print = options.print] { print = ShowDiff::Print::json; }, "Each change as JSON");
  app.add_option_function<std::string>(
         "--patch-out", [&file = options.patch_out](const std::string& text) { file = text; }, "Write the patch to this file")
      ->type_name("FILE");
  add_verbosity(app, all.result);
}

void define_apply(Definitions& all) {
  auto [app, options] = add_command<ApplyChanges>(all, {"apply"}, "Bring a session's changes into the project, all or nothing",
                                                  "agentbox apply\n"
                                                  "agentbox apply claude-7k2m9d src README.md\n");
  add_reviewed_session(app, options.session);
  add_paths(app, options.paths, "Only what is at or below these; a held-back file is applied when it is named itself");
  app.add_flag_callback("--json", [&report = options.report] { report = ApplyChanges::Report::json; }, "Print the result as JSON");
  add_verbosity(app, all.result);
}

void define_discard(Definitions& all) {
  auto [app, options] = add_command<DiscardChanges>(all, {"discard"}, "Throw a session's changes away for good",
                                                    "agentbox discard claude-7k2m9d\n");
  add_arguments(app, "SESSION", "Session: its id, the beginning of it, or \"last\"", options.sessions);
  add_verbosity(app, all.result);
}

void define_undo(Definitions& all) {
  auto [app, options] = add_command<UndoChanges>(all, {"undo"}, "Take back what agentbox apply, or a live session, has done to the project",
                                                 "agentbox undo                         shows what would be taken back\n"
                                                 "agentbox undo --yes last\n");
  add_reviewed_session(app, options.session);
  app.add_flag_callback("--yes", [&action = options.action] { action = UndoChanges::Do::undo; }, "Do it");
  add_verbosity(app, all.result);
}

}  // namespace agentbox
