// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_base(Definitions& all) {
  all.groups.push_back({.name = "base", .summary = "Build, list and remove base images"});
  {
    auto [app, options] =
        add_command<BuildBase>(all, {"base", "build"}, "Build a base image, unless it is there and up to date",
                               "agentbox base build dev\n"
                               "agentbox base build dev --agents claude,codex\n"
                               "agentbox base build --force dev       with today's packages\n");
    add_argument(app, "BASE", "Base image", options.name);
    app.add_option("--agents", options.agents, "Build the layers in which these agents are installed upon it, one for each")
        ->type_name("AGENT,...")
        ->expected(1)
        ->delimiter(',')
        ->take_all()
        ->allow_extra_args(false);
    app.add_flag_callback(
        "--force", [&rebuild = options.rebuild] { rebuild = Rebuild::always; }, "Build it even if it is up to date");
    add_host_ca(app, options.host_ca);
    add_unconfined(app, options.confinement);
    add_verbosity(app, all.result);
  }
  {
    auto [app, options] = add_command<ListBases>(all, {"base", "ls"}, "List base images", "agentbox base ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ShowBase>(all, {"base", "show"}, "Show what a base image is made of", "agentbox base show dev\n");
    add_argument(app, "BASE", "Base image", options.name);
    add_json(app, options.format);
  }
  {
    auto [app, options] = add_command<RemoveBases>(
        all, {"base", "rm"}, "Remove built base images; their definitions stay", "agentbox base rm dev+claude\n");
    add_arguments(app, "BASE", "Base image", options.names);
  }
}

}  // namespace agentbox
