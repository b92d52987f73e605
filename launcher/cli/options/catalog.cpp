// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_agents(CLI::App& root, CommandLine& result) {
  CLI::App& group = add_group(root, "agents", "List and show agent profiles");
  {
    auto [app, options] = add_command<ListAgents>(group, "ls", "List agents", "agentbox agents ls\n", result);
    add_format(app, options.format);
  }
  {
    auto [app, options] = add_command<ShowAgent>(group, "show", "Show how an agent is installed, started and given its key",
                                                 "agentbox agents show claude\n", result);
    add_argument(app, "AGENT", "Agent", options.name);
    add_json(app, options.format);
  }
}

void define_policy(CLI::App& root, CommandLine& result) {
  CLI::App& group = add_group(root, "policy", "List and show policies");
  {
    auto [app, options] = add_command<ListPolicies>(group, "ls", "List policies", "agentbox policy ls\n", result);
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<ShowPolicy>(group, "show", "Show what a policy allows", "agentbox policy show dirty\n", result);
    add_argument(app, "POLICY", "Policy", options.name);
    add_json(app, options.format);
  }
}

}  // namespace agentbox
