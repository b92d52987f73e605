// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_template(Definitions& all) {
  all.groups.push_back(
      {.name = "template", .summary = "The frozen machines that sessions are forked from: list, make, remove"});
  {
    auto [app, options] =
        add_command<ListTemplates>(all, {"template", "ls"}, "List templates, with what they are good for",
                                   "agentbox template ls\n"
                                   "agentbox template ls --json           each part of their keys\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveTemplates>(all, {"template", "rm"}, "Remove templates; the next session makes what it needs",
                                     "agentbox template rm 3f2a9c01b7de\n"
                                     "agentbox template rm $(agentbox template ls -q)\n");
    add_arguments(app, "TEMPLATE", "Template: its name, or the beginning of it", options.names);
  }
  {
    auto [app, options] = add_command<PrewarmTemplate>(
        all, {"template", "prewarm"}, "Make a template now, so that the first session need not wait for it",
        "agentbox template prewarm             for shell and run\n"
        "agentbox template prewarm claude\n"
        "agentbox template prewarm --cpus 4 --memory 8G claude\n");
    app.add_option("AGENT_OR_BASE", options.name, "For this agent's sessions, or those of a base image")
        ->type_name("AGENT_OR_BASE");
    add_machine_options(app, options.request);
    add_host_ca(app, options.request.host_ca);
    add_unconfined(app, options.request.confinement);
    add_verbosity(app, all.result);
  }
}

}  // namespace agentbox
