// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_secret(CLI::App& root, CommandLine& result) {
  CLI::App& group = add_group(root, "secret", "Keep the keys that agents need");
  {
    // There is no option for the value: what stands in a command line is seen by everybody on the machine.
    auto [app, options] = add_command<SetSecret>(group, "set", "Store a key; its value is asked for, or read from a pipe",
                                                 "agentbox secret set ANTHROPIC_API_KEY\n"
                                                 "pass show openai | agentbox secret set OPENAI_API_KEY\n",
                                                 result);
    add_argument(app, "SECRET", "Name of the variable that agents know it by", options.name);
  }
  {
    auto [app, options] = add_command<ListSecrets>(group, "ls", "List the names of stored keys", "agentbox secret ls\n", result);
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveSecrets>(group, "rm", "Forget keys", "agentbox secret rm OPENAI_API_KEY\n", result);
    add_arguments(app, "SECRET", "Name of the variable", options.names);
  }
}

}  // namespace agentbox
