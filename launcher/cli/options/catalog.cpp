// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_agents(Definitions& all) {
  all.groups.push_back({.name = "agents", .summary = "List and show agent profiles"});
  {
    auto [app, options] = add_command<ListAgents>(all, {"agents", "ls"}, "List agents", "agentbox agents ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ShowAgent>(all, {"agents", "show"}, "Show how an agent is installed, started and given its key",
                               "agentbox agents show claude\n");
    add_argument(app, "AGENT", "Agent", options.name);
    add_json(app, options.format);
  }
}

void define_policy(Definitions& all) {
  all.groups.push_back({.name = "policy", .summary = "List and show policies"});
  {
    auto [app, options] = add_command<ListPolicies>(all, {"policy", "ls"}, "List policies", "agentbox policy ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ShowPolicy>(all, {"policy", "show"}, "Show what a policy allows", "agentbox policy show dirty\n");
    add_argument(app, "POLICY", "Policy", options.name);
    add_json(app, options.format);
  }
}

}  // namespace agentbox
