// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_history(Definitions& all) {
  all.groups.push_back({.name = "history", .summary = "Agents' conversations, kept for each project: list, remove"});
  {
    auto [app, options] = add_command<ListHistory>(all, {"history", "ls"}, "List what is kept, with its projects and sizes",
                                                   "agentbox history ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveHistory>(all, {"history", "rm"}, "Remove a project's conversations for good",
                                   "agentbox history rm                    of the current directory, every agent's\n"
                                   "agentbox history rm --agent claude ./project\n"
                                   "agentbox history rm --all\n");
    app.add_option_function<std::string>(
           "DIR", [&directory = options.directory](const std::string& text) { directory = text; },
           "The project (default: the current directory); one that is gone, too")
        ->type_name("DIR");
    app.add_option("--agent", options.agent, "This agent's alone")->type_name("AGENT")->take_last();
    app.add_flag_callback(
        "--all", [&options = options] { options.of = RemoveHistory::Of::all_projects; }, "Of every project");
  }
}

}  // namespace agentbox
