// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_snapshot(Definitions& all) {
  all.groups.push_back({.name = "snapshot", .summary = "List, resume and remove snapshots"});
  {
    auto [app, options] =
        add_command<ListSnapshots>(all, {"snapshot", "ls"}, "List snapshots", "agentbox snapshot ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ResumeOptions>(all, {"snapshot", "resume"}, "Start a session from a snapshot's disk",
                                   "agentbox snapshot resume half-done\n"
                                   "agentbox snapshot resume half-done -- --continue\n"
                                   "agentbox snapshot resume --shell half-done\n");
    app.add_option_function<std::string>(
           "SNAPSHOT", [&request = options.launch.request](const std::string& name) { request.resume_snapshot = name; },
           "Snapshot; what stands behind -- is for the agent, or the command to run")
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

}  // namespace agentbox
