// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_snapshot(Definitions& all) {
  all.groups.push_back({.name = "snapshot", .summary = "Take, list, resume and remove snapshots"});
  {
    auto [app, options] = add_command<TakeSnapshot>(all, {"snapshot", "take"}, "Save a session that runs, and goes on",
                                                    "agentbox snapshot take claude-7k2m9d\n"
                                                    "agentbox snapshot take last before-the-refactoring\n");
    add_argument(app, "SESSION", "Session: its id, the beginning of it, or \"last\"", options.session);
    add_argument(app, "NAME", "Name of the snapshot (default: the session's, with a number)", options.name)->required(false);
    add_json(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ListSnapshots>(all, {"snapshot", "ls"}, "List snapshots", "agentbox snapshot ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ResumeOptions>(all, {"snapshot", "resume"}, "Go on where a snapshot was taken, or start from its disk",
                                   "agentbox snapshot resume half-done\n"
                                   "agentbox snapshot resume half-done -- --continue\n"
                                   "agentbox snapshot resume --shell half-done\n");
    app.add_option_function<std::string>(
           "SNAPSHOT", [&request = options.launch.request](const std::string& name) { request.resume_snapshot = name; },
           "Snapshot. From the disk alone: with --cold, --shell, or words behind -- for the agent, or for a command")
        ->type_name("SNAPSHOT")
        ->required();
    app.add_flag_callback(
        "--shell", [&start = options.start] { start = ResumeOptions::Start::shell; },
        "Open a login shell instead of the agent");
    add_launch_options(app, options.launch, all.result);
  }
  {
    auto [app, options] = add_command<ShowSnapshot>(all, {"snapshot", "show"}, "Show what a snapshot holds",
                                                    "agentbox snapshot show half-done\n");
    add_argument(app, "SNAPSHOT", "Snapshot", options.name);
    add_json(app, options.format);
  }
  {
    auto [app, options] = add_command<RemoveSnapshots>(all, {"snapshot", "rm"}, "Remove snapshots for good",
                                                       "agentbox snapshot rm half-done\n");
    add_arguments(app, "SNAPSHOT", "Snapshot", options.names);
  }
}

void define_fork(Definitions& all) {
  auto [app, options] = add_command<ForkOptions>(all, {"fork"}, "Start sessions that go on where another one is, in the background",
                                                 "agentbox fork claude-7k2m9d            prints the new session's name\n"
                                                 "agentbox fork -n 3 before-the-refactoring\n"
                                                 "agentbox attach $(agentbox fork last)\n");
  add_argument(app, "SOURCE", "A session that runs, or a live snapshot", options.source);
  app.add_option("-n,--count", options.count, "How many (default: 1)")->type_name("N")->check(CLI::Range(1, 64).description(""));
}

}  // namespace agentbox
