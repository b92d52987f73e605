// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_secret(Definitions& all) {
  all.groups.push_back({.name = "secret", .summary = "Keep the keys that agents need"});
  {
    // There is no option for the value: what stands in a command line is seen by everybody on the machine.
    auto [app, options] =
        add_command<SetSecret>(all, {"secret", "set"}, "Store a key; its value is asked for, or read from a pipe",
                               "agentbox secret set ANTHROPIC_API_KEY\n"
                               "pass show openai | agentbox secret set OPENAI_API_KEY\n");
    add_argument(app, "SECRET", "Name of the variable that agents know it by", options.name);
  }
  {
    auto [app, options] =
        add_command<ListSecrets>(all, {"secret", "ls"}, "List the names of stored keys", "agentbox secret ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveSecrets>(all, {"secret", "rm"}, "Forget keys", "agentbox secret rm OPENAI_API_KEY\n");
    add_arguments(app, "SECRET", "Name of the variable", options.names);
  }
}

}  // namespace agentbox
