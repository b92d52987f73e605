// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "gateway/broker/plan.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agentbox {

using nlohmann::json;

// Found by nlohmann_json through the arguments' namespace. Both directions stand side by side, field by field.

static void to_json(json& j, const CallPattern& call) { j = call.to_string(); }
static void from_json(const json& j, CallPattern& call) { call = CallPattern::parse(j.get<std::string>()); }

static void to_json(json& j, const UsagePaths& paths) {
  j = json{{"model", paths.model},
           {"input", paths.input},
           {"cached_input", paths.cached_input},
           {"cache_write", paths.cache_write},
           {"output", paths.output},
           {"input_includes_cached", paths.cached == UsagePaths::Cached::included}};
}
static void from_json(const json& j, UsagePaths& paths) {
  j.at("model").get_to(paths.model);
  j.at("input").get_to(paths.input);
  j.at("cached_input").get_to(paths.cached_input);
  j.at("cache_write").get_to(paths.cache_write);
  j.at("output").get_to(paths.output);
  paths.cached = j.at("input_includes_cached").get<bool>() ? UsagePaths::Cached::included : UsagePaths::Cached::apart;
}

static void to_json(json& j, const Money& money) { j = money.picodollars(); }
static void from_json(const json& j, Money& money) { money = Money::picodollars(j.get<std::uint64_t>()); }

static void to_json(json& j, const TokenPrices& prices) {
  j = json::array({prices.input, prices.cached_input, prices.cache_write, prices.output});
}
static void from_json(const json& j, TokenPrices& prices) {
  j.at(0).get_to(prices.input);
  j.at(1).get_to(prices.cached_input);
  j.at(2).get_to(prices.cache_write);
  j.at(3).get_to(prices.output);
}

static void to_json(json& j, const PriceTable::Entry& entry) {
  j = json{{"models", entry.models}, {"prices", entry.prices}};
}
static void from_json(const json& j, PriceTable::Entry& entry) {
  j.at("models").get_to(entry.models);
  j.at("prices").get_to(entry.prices);
}

static void to_json(json& j, const GitPushRule& rule) {
  j = json{{"repository", rule.repository.text},
           {"branches", rule.branches},
           {"tags", rule.tags},
           {"delete", rule.deletion == GitPushRule::Deletion::allowed}};
}
static void from_json(const json& j, GitPushRule& rule) {
  rule.repository = GitRepositoryPattern::parse(j.at("repository").get<std::string>());
  for (const json& branch : j.at("branches")) rule.branches.push_back(parse_git_ref_pattern(branch.get<std::string>()));
  for (const json& tag : j.at("tags")) rule.tags.push_back(parse_git_ref_pattern(tag.get<std::string>()));
  rule.deletion = j.at("delete").get<bool>() ? GitPushRule::Deletion::allowed : GitPushRule::Deletion::refused;
}

static void to_json(json& j, const GitAccess& access) {
  std::vector<std::string> fetch;
  for (const GitRepositoryPattern& pattern : access.fetch) fetch.push_back(pattern.text);
  j = json{{"host", access.host}, {"fetch", fetch}, {"push", access.push}};
}
static void from_json(const json& j, GitAccess& access) {
  j.at("host").get_to(access.host);
  for (const json& pattern : j.at("fetch"))
    access.fetch.push_back(GitRepositoryPattern::parse(pattern.get<std::string>()));
  for (const json& rule : j.at("push")) from_json(rule, access.push.emplace_back());
}

static void to_json(json& j, const BrokerRoute& route) {
  j = json{{"name", route.name},
           {"base_path", route.base_path},
           {"upstream", route.upstream.to_string()},
           {"wire", static_cast<int>(route.wire)},
           {"placeholder", route.placeholder.view()},
           {"header", route.header},
           {"scheme", route.scheme},
           {"key", route.key.view()},
           {"bare_key", route.bare_key.view()},
           {"metered", route.metered},
           {"free", route.free},
           {"answered", route.answered},
           {"headers", route.headers},
           {"query", route.query},
           {"usage", route.usage},
           {"priced", route.pricing == BrokerRoute::Pricing::listed}};
  if (route.git) j["git"] = *route.git;
}
static WireFormat wire_of(int number) {
  if (number < static_cast<int>(WireFormat::anthropic) || number > static_cast<int>(WireFormat::git))
    throw Error(ErrorKind::internal, "the broker's plan names an unknown wire format");
  return static_cast<WireFormat>(number);
}
static void from_json(const json& j, BrokerRoute& route) {
  j.at("name").get_to(route.name);
  j.at("base_path").get_to(route.base_path);
  route.upstream = Upstream::parse(j.at("upstream").get<std::string>());
  route.wire = wire_of(j.at("wire").get<int>());
  route.placeholder = SecretText(j.at("placeholder").get_ref<const std::string&>());
  j.at("header").get_to(route.header);
  j.at("scheme").get_to(route.scheme);
  route.key = SecretText(j.at("key").get_ref<const std::string&>());
  route.bare_key = SecretText(j.at("bare_key").get_ref<const std::string&>());
  j.at("metered").get_to(route.metered);
  j.at("free").get_to(route.free);
  j.at("answered").get_to(route.answered);
  j.at("headers").get_to(route.headers);
  j.at("query").get_to(route.query);
  j.at("usage").get_to(route.usage);
  route.pricing = j.at("priced").get<bool>() ? BrokerRoute::Pricing::listed : BrokerRoute::Pricing::free_of_charge;
  if (j.contains("git")) from_json(j.at("git"), route.git.emplace());
}

static void to_json(json& j, const BrokerLimits& limits) {
  j = json{{"head_bytes", limits.head_bytes},
           {"headers", limits.headers},
           {"request_body", limits.request_body},
           {"push_body", limits.push_body},
           {"calls_at_once", limits.calls_at_once},
           {"connections", limits.connections},
           {"head_time", limits.head_time.count()},
           {"keep_alive", limits.keep_alive.count()},
           {"connect_time", limits.connect_time.count()},
           {"transfer_idle", limits.transfer_idle.count()},
           {"answer_idle", limits.answer_idle.count()}};
}
static void from_json(const json& j, BrokerLimits& limits) {
  const auto milliseconds = [&](const char* name) {
    return std::chrono::milliseconds(j.at(name).get<std::chrono::milliseconds::rep>());
  };
  j.at("head_bytes").get_to(limits.head_bytes);
  j.at("headers").get_to(limits.headers);
  j.at("request_body").get_to(limits.request_body);
  j.at("push_body").get_to(limits.push_body);
  j.at("calls_at_once").get_to(limits.calls_at_once);
  j.at("connections").get_to(limits.connections);
  limits.head_time = milliseconds("head_time");
  limits.keep_alive = milliseconds("keep_alive");
  limits.connect_time = milliseconds("connect_time");
  limits.transfer_idle = milliseconds("transfer_idle");
  limits.answer_idle = milliseconds("answer_idle");
}

const BrokerRoute* model_route(const BrokerPlan& plan) {
  const auto found =
      std::find_if(plan.routes.begin(), plan.routes.end(), [](const BrokerRoute& route) { return !route.git; });
  return found == plan.routes.end() ? nullptr : &*found;
}

json to_json(const BrokerPlan& plan) {
  json caps = json::object();
  if (plan.caps.tokens) caps["tokens"] = *plan.caps.tokens;
  if (plan.caps.cost) caps["cost"] = *plan.caps.cost;
  if (plan.caps.requests) caps["requests"] = *plan.caps.requests;
  return json{{"routes", plan.routes},
              {"caps", std::move(caps)},
              {"prices", {{"entries", plan.prices.entries}, {"unknown", plan.prices.unknown}}},
              {"ca_file", plan.ca_file},
              {"extra_ca", plan.extra_ca},
              {"limits", plan.limits}};
}

BrokerPlan broker_plan_from_json(const json& value) try {
  BrokerPlan plan;
  for (const json& route : value.at("routes")) from_json(route, plan.routes.emplace_back());
  const json& caps = value.at("caps");
  if (caps.contains("tokens")) plan.caps.tokens = caps.at("tokens").get<std::uint64_t>();
  if (caps.contains("cost")) plan.caps.cost = caps.at("cost").get<Money>();
  if (caps.contains("requests")) plan.caps.requests = caps.at("requests").get<std::uint64_t>();
  value.at("prices").at("entries").get_to(plan.prices.entries);
  value.at("prices").at("unknown").get_to(plan.prices.unknown);
  value.at("ca_file").get_to(plan.ca_file);
  value.at("extra_ca").get_to(plan.extra_ca);
  value.at("limits").get_to(plan.limits);
  return plan;
} catch (const json::exception& error) {
  // Its text names keys and types, never values.
  throw Error(ErrorKind::internal, std::string("the broker's plan is not what it should be: ") + error.what());
}

}  // namespace agentbox
