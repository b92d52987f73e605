// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/definitions.hpp"

namespace agentbox {

void define_agents(Definitions& all) {
  all.groups.push_back({.name = "agents", .summary = "List, show and update agents"});
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
  {
    auto [app, options] = add_command<UpdateAgents>(
        all, {"agents", "update"}, "Install the newest versions of agents: builds the images anew that have them",
        "agentbox agents update claude\n"
        "agentbox agents update                 all that are installed\n");
    add_arguments(app, "AGENT", "Agents (default: all that are installed)", options.names)->required(false);
    add_host_ca(app, options.host_ca);
    add_unconfined(app, options.confinement);
    add_verbosity(app, all.result);
  }
}

namespace {

void define_rule_command(Definitions& all, const std::string& word, RuleKind kind, const std::string& summary) {
  auto [app, options] = add_command<AddRules>(all, {"policy", word}, summary,
                                              "agentbox policy " + word + " last example.org\n" +
                                                  "agentbox policy " + word + " claude-7k2m9d '*.example.org' db.example.org:5432\n");
  options.kind = kind;
  add_argument(app, "SESSION", "Session: its id, the beginning of it, or \"last\"", options.session);
  add_arguments(app, "HOST[:PORT]", "Hosts", options.rules);
}

}  // namespace

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
  {
    auto [app, options] = add_command<CheckPolicy>(
        all, {"policy", "check"}, "Say whether a policy lets a session reach a URL; exit code 1: it does not",
        "agentbox policy check ci https://example.org/\n"
        "agentbox policy check ci git.example.org:22\n");
    add_argument(app, "POLICY", "Policy", options.policy);
    add_argument(app, "URL", "URL, HOST or HOST:PORT", options.url);
    add_json(app, options.format);
  }
  define_rule_command(all, "allow", RuleKind::allow, "Let a running session reach further hosts, until it ends");
  define_rule_command(all, "deny", RuleKind::deny, "Take hosts from a running session, at once");
  {
    auto [app, options] = add_command<ListAnswers>(all, {"policy", "answers"},
                                                   "List the hosts that were allowed \"always\" when a session asked",
                                                   "agentbox policy answers\n");
    add_format(app, options.format);
  }
  {
    auto [app, options] = add_command<ForgetAnswers>(all, {"policy", "forget"},
                                                     "Forget hosts that were allowed \"always\" in a project",
                                                     "agentbox policy forget .                 all of them\n"
                                                     "agentbox policy forget ~/src/x example.org:443\n");
    add_argument(app, "DIR", "The project", options.directory);
    add_arguments(app, "HOST[:PORT]", "Hosts (default: all)", options.hosts)->required(false);
  }
}

}  // namespace agentbox
