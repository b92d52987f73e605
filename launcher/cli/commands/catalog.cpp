// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/network_questions.hpp"

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

/// NAME and DESCRIPTION of all definitions of one kind. One that cannot be read shows why, and does not hide the
/// others.
template <typename Load>
Listing list_definitions(const std::string& heading, const std::vector<std::string>& names, Load load) {
  Listing listing{.heading = {heading, "DESCRIPTION"}, .rows = {}};
  for (const auto& name : names) {
    std::string description;
    Json problem;
    try {
      description = load(name).description;
    } catch (const Error& error) {
      description = std::string("(") + error.what() + ")";
      problem = error.what();
    }
    listing.rows.push_back({name, description});
    listing.json.push_back(Json{{"name", name}, {"description", description}, {"problem", problem}});
  }
  return listing;
}

std::string limit_of(const Policy& policy) {
  return policy.resources.timeout ? format_duration(*policy.resources.timeout) : "none";
}

std::string port_text(const PublishedPort& port) {
  return std::to_string(port.host) + (port.host == port.guest ? "" : ":" + std::to_string(port.guest));
}

/// With what groups stand for on this host, a computed one's, too.
std::string network_of(const Policy& policy, const EgressRules& rules) {
  std::string text = to_string(policy.network) + "\n";
  for (const auto& group : policy.access.groups) {
    text += "group " + group + "\n";
  }
  for (const auto& rule : rules.allow) {
    text += "allow " + rule.text() + "\n";
  }
  for (const auto& rule : rules.lan) {
    text += "allow " + rule.text() + "\n";
  }
  for (const auto& rule : rules.deny) {
    text += "deny " + rule.text() + "\n";
  }
  for (const auto& port : policy.access.ports) {
    text += "publishes " + port_text(port) + "\n";
  }
  text += policy.access.ask ? "on a terminal, asks about further hosts\n" : "";
  text += policy.access.proxy_variables ? "sets http_proxy, https_proxy and no_proxy\n" : "";
  return text;
}

std::string git_of(const Policy& policy) {
  std::string text;
  for (const auto& access : policy.git) {
    text += access.host + ": " + describe(access) + "\n";
  }
  return text;
}

Fields fields_of(const Policy& policy, const EgressRules& rules) {
  return {{"policy", policy.name},
          {"description", policy.description},
          {"file", policy.source.string()},
          {"workspace", to_string(policy.workspace)},
          {"network", network_of(policy, rules)},
          {"credentials", to_string(policy.credentials)},
          {"git", git_of(policy)},
          {"on exit", to_string(policy.on_exit)},
          {"processors", std::to_string(policy.resources.cpus)},
          {"memory", policy.resources.memory.to_string()},
          {"disk", policy.resources.disk.to_string()},
          {"time limit", limit_of(policy)}};
}

template <typename Items, typename Text>
Json texts_of(const Items& items, Text text) {
  Json list = Json::array();
  for (const auto& item : items) {
    list.push_back(text(item));
  }
  return list;
}

Json json_of(const Policy& policy, const EgressRules& rules) {
  const auto text = [](const auto& rule) { return rule.text(); };
  return {{"name", policy.name},
          {"description", policy.description},
          {"file", policy.source.string()},
          {"workspace", to_string(policy.workspace)},
          {"network", to_string(policy.network)},
          {"groups", policy.access.groups},
          {"allow", texts_of(rules.allow, text)},
          {"deny", texts_of(rules.deny, text)},
          {"lan", texts_of(rules.lan, text)},
          {"ports", texts_of(policy.access.ports, port_text)},
          {"ask", policy.access.ask},
          {"proxy_variables", policy.access.proxy_variables},
          {"credentials", to_string(policy.credentials)},
          {"git", git_of(policy)},
          {"on_exit", to_string(policy.on_exit)},
          {"cpus", policy.resources.cpus},
          {"memory", policy.resources.memory.bytes()},
          {"disk", policy.resources.disk.bytes()},
          {"timeout", policy.resources.timeout ? Json(policy.resources.timeout->count()) : Json(nullptr)}};
}

/// What the user said "always" to while this policy asked.
std::string answers_under(const Policy& policy, const Application& application) {
  std::string text;
  for (const auto& answers : network_answers_of(application).list()) {
    if (answers.policy == policy.name) {
      text += join(answers.hosts, " ") + " in " +
              (answers.project.empty() ? "sessions without a directory" : abbreviate_home(answers.project)) + "\n";
    }
  }
  return text;
}

}  // namespace

int execute(const ListPolicies& options, const CommandContext& context) {
  const Catalog catalog = context.open().catalog;
  const auto load = [&](const std::string& name) { return catalog.policy(name); };
  print(format_listing(list_definitions("POLICY", catalog.policy_names(), load), options.format));
  return 0;
}

int execute(const CheckPolicy& options, const CommandContext& context) {
  const auto [verdict, asked] = check_policy(options.policy, options.url, context.open());
  if (options.format == Format::json) {
    print(format_json(Json{{"allowed", verdict.allowed()}, {"rule", verdict.rule}, {"reason", verdict.reason}, {"asked", asked}}));
  } else {
    print(std::string(verdict.allowed() ? "allowed" : "refused") + " (" + escape_untrusted(verdict.rule, 300) + ")" +
          (asked ? "; on a terminal, the user is asked\n" : "\n"));
  }
  return verdict.allowed() ? 0 : 1;
}

int execute(const AddRules& options, const CommandContext& context) {
  add_rules(options.session, options.kind, options.rules, context.open());
  return 0;
}

int execute(const ListAnswers& options, const CommandContext& context) {
  Listing listing{.heading = {"PROJECT", "POLICY", "HOST"}, .rows = {}};
  for (const auto& answers : network_answers_of(context.open()).list()) {
    for (const auto& host : answers.hosts) {
      listing.rows.push_back({answers.project.empty() ? "-" : abbreviate_home(answers.project), answers.policy, host});
      listing.json.push_back(Json{{"project", answers.project}, {"policy", answers.policy}, {"host", host}});
    }
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const ForgetAnswers& options, const CommandContext& context) {
  forget_answers(options.directory, options.hosts, context.open());
  return 0;
}

int execute(const ShowPolicy& options, const CommandContext& context) {
  const Application application = context.open();
  const Policy policy = application.catalog.policy(options.name);
  const auto [rules, notes] = expand_for_host(policy, application);
  if (options.format == Format::json) {
    Json value = json_of(policy, rules);
    value["notes"] = notes;
    print(format_json(value));
  } else {
    Fields fields = fields_of(policy, rules);
    fields.emplace_back("always allowed", answers_under(policy, application));
    fields.emplace_back("note", join(notes, "\n"));
    print(format_fields(fields));
  }
  return 0;
}

}  // namespace agentbox
