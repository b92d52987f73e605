// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_snapshot(CLI::App& root, CommandLine& result) {
  CLI::App& group = add_group(root, "snapshot", "List, resume and remove snapshots");
  {
    auto [app, options] = add_command<ListSnapshots>(group, "ls", "List snapshots", "agentbox snapshot ls\n", result);
    add_format(app, options.format);
  }
  {
    auto [app, options] = add_command<ResumeOptions>(group, "resume", "Start a session from a snapshot's disk",
                                                     "agentbox snapshot resume half-done\n"
                                                     "agentbox snapshot resume half-done -- --continue\n"
                                                     "agentbox snapshot resume --shell half-done\n",
                                                     result);
    app.add_option_function<std::string>(
           "SNAPSHOT", [&request = options.launch.request](const std::string& name) { request.resume_snapshot = name; },
           "Snapshot; what stands behind -- is for the agent, or the command to run")
        ->type_name("SNAPSHOT")
        ->required();
    app.add_flag_callback("--shell", [&start = options.start] { start = ResumeOptions::Start::shell; },
                          "Open a login shell instead of the agent");
    add_launch_options(app, options.launch, result);
  }
  {
    auto [app, options] =
        add_command<ShowSnapshot>(group, "show", "Show what a snapshot holds", "agentbox snapshot show half-done\n", result);
    add_argument(app, "SNAPSHOT", "Snapshot", options.name);
    add_json(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveSnapshots>(group, "rm", "Remove snapshots for good", "agentbox snapshot rm half-done\n", result);
    add_arguments(app, "SNAPSHOT", "Snapshot", options.names);
  }
}

}  // namespace agentbox
