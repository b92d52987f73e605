// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_hot(Definitions& all) {
  all.groups.push_back({.name = "hot", .summary = "Hot directories (--hot), as projects keep them: list, remove"});
  {
    auto [app, options] = add_command<ListHot>(
        all, {"hot", "ls"}, "List the projects that keep hot directories, with their sizes", "agentbox hot ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveHot>(all, {"hot", "rm"}, "Remove what a project keeps of its hot directories",
                               "agentbox hot rm                        of the current directory\n"
                               "agentbox hot rm ./project\n"
                               "agentbox hot rm --all\n");
    app.add_option_function<std::string>(
           "DIR", [&directory = options.directory](const std::string& text) { directory = text; },
           "The project (default: the current directory); one that is gone, too")
        ->type_name("DIR");
    app.add_flag_callback(
        "--all", [&options = options] { options.of = RemoveHot::Of::all_projects; }, "Of every project");
  }
}

}  // namespace agentbox
