// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"
#include "core/error.hpp"

#include <functional>

namespace agentbox {

namespace {

void add_text(CLI::App& app, const std::string& name, const std::string& type, const std::string& description,
              const std::function<void(const std::string&)>& take) {
  app.add_option_function<std::string>(name, take, description)->type_name(type)->take_last();
}

void add_scope(CLI::App& app, ScopeOptions& scope) {
  add_text(app, "--agent", "AGENT", "The key that only this agent gets",
           [&scope](const std::string& text) { scope.agent = text; });
  add_text(app, "--project", "DIR", "The key that counts in this directory only",
           [&scope](const std::string& text) { scope.project = text; });
}

}  // namespace

void define_secret(Definitions& all) {
  all.groups.push_back({.name = "secret", .summary = "Keep the keys that agents need"});
  {
    // There is no option for the value: what stands in a command line is seen by everybody on the machine.
    auto [app, options] =
        add_command<SetSecret>(all, {"secret", "set"}, "Store a key; its value is asked for, or read from a pipe",
                               "agentbox secret set ANTHROPIC_API_KEY\n"
                               "pass show openai | agentbox secret set OPENAI_API_KEY\n"
                               "agentbox secret set OPENAI_API_KEY --agent codex --project ~/src/x\n");
    add_argument(app, "SECRET", "Name of the variable that agents know it by", options.name);
    add_scope(app, options.scope);
    add_text(app, "--store", "auto|keyring|file", "Where it is kept: auto is the keyring where one runs, else a file",
             [&store = options.store](const std::string& text) {
               try {
                 store = parse_secret_store_choice(text);
               } catch (const Error& error) {
                 throw Error(ErrorKind::usage, std::string("--store: ") + error.what(), error.hint());
               }
             });
  }
  {
    auto [app, options] =
        add_command<ListSecrets>(all, {"secret", "ls"}, "List stored keys, without their values", "agentbox secret ls\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] =
        add_command<RemoveSecrets>(all, {"secret", "rm"}, "Forget keys", "agentbox secret rm OPENAI_API_KEY\n");
    add_arguments(app, "SECRET", "Name of the variable", options.names);
    add_scope(app, options.scope);
  }
}

}  // namespace agentbox
