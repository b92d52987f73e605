// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

constexpr const char* reviewed_help = "Session: its id, the beginning of it, or \"last\" (default: the newest of the project here, or of the only one below)";

void add_reviewed_session(CLI::App& app, std::string& session) {
  app.add_option_function<std::string>("SESSION", [&session](const std::string& text) { session = text; }, reviewed_help)
      ->type_name("SESSION");
}

void add_paths(CLI::App& app, std::vector<std::string>& paths, const std::string& what) {
  app.add_option_function<std::vector<std::string>>(
         "PATH", [&paths](const std::vector<std::string>& words) { paths = words; }, what)
      ->type_name("PATH");
}

ColorChoice parse_color(const std::string& word) {
  if (word == "auto" || word == "always" || word == "never") {
    return word == "auto" ? ColorChoice::automatic : word == "always" ? ColorChoice::always : ColorChoice::never;
  }
  throw Error(ErrorKind::usage, "--color: \"" + escape_untrusted(word, 80) + "\" is none of auto, always and never");
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
  using Print = ShowDiff::Print;
  const auto add_form = [&app = app, &print = options.print](const std::string& name, Print form, const std::string& description) {
    app.add_flag_callback(name, [&print, form] { print = form; }, description);
  };
  add_form("--stat", Print::stat, "Only how many lines of which files");
  add_form("--name-only", Print::names, "Only the names of files");
  add_form("--name-status", Print::name_status, "Only names, with A for added, M modified, D deleted, T another type, R renamed");
  add_form("--json", Print::json, "Each change as JSON");
  app.add_option_function<std::string>("--color", [&color = options.color](const std::string& word) { color = parse_color(word); },
                                       "Whether in colors; auto, the default: on a terminal")
      ->type_name("auto|always|never");
  app.add_option_function<std::string>(
         "--patch-out", [&file = options.patch_out](const std::string& text) { file = text; }, "Write the patch to this file")
      ->type_name("FILE");
  add_verbosity(app, all.result);
}

void define_apply(Definitions& all) {
  auto [app, options] = add_command<ApplyChanges>(all, {"apply"}, "Bring a session's changes into the project, all or nothing",
                                                  "agentbox apply\n"
                                                  "agentbox apply claude-7k2m9d src README.md\n"
                                                  "agentbox apply --patch                choose hunks\n"
                                                  "agentbox apply --branch agent/fix -m \"Fix the test\"\n");
  add_reviewed_session(app, options.session);
  add_paths(app, options.paths, "Only what is at or below these; a held-back file is applied when it is named itself");
  app.add_flag_callback("-p,--patch", [&choose = options.choose] { choose = ApplyChanges::Choose::hunks; },
                        "Choose hunks on the terminal, as with git add --patch");
  app.add_option_function<std::string>("--branch", [&branch = options.branch](const std::string& text) { branch = text; },
                                       "Commit to a new branch of the project's repository; the project stays as it is")
      ->type_name("NAME");
  app.add_flag_callback("--commit", [&commit = options.commit] { commit = ApplyChanges::Commit::yes; },
                        "Commit what is applied, where the repository's HEAD is");
  app.add_option_function<std::string>("-m,--message", [&message = options.message](const std::string& text) { message = text; },
                                       "The commit's message")
      ->type_name("TEXT");
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
