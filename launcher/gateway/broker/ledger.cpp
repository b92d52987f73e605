// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/ledger.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace agentbox::broker {
namespace {

void add(std::uint64_t& sum, std::uint64_t more) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  sum = sum > most - more ? most : sum + more;
}

void add(TokenUsage& sum, const TokenUsage& more) {
  add(sum.input, more.input);
  add(sum.cached_input, more.cached_input);
  add(sum.cache_write, more.cache_write);
  add(sum.output, more.output);
}

void add(RouteTotals& sum, const RouteTotals& more) {
  add(sum.requests, more.requests);
  add(sum.tokens, more.tokens);
  sum.cost = sum.cost + more.cost;
  add(sum.estimated, more.estimated);
  add(sum.unpriced, more.unpriced);
  for (const auto& [reason, count] : more.refusals) add(sum.refusals[reason], count);
}

nlohmann::json describe(const RouteTotals& totals) {
  return {{"requests", totals.requests},
          {"tokens",
           {{"input", totals.tokens.input},
            {"cached_input", totals.tokens.cached_input},
            {"cache_write", totals.tokens.cache_write},
            {"output", totals.tokens.output},
            {"total", totals.tokens.total()}}},
          {"cost_usd", totals.cost.dollars()},
          {"estimated_calls", totals.estimated},
          {"unpriced_calls", totals.unpriced},
          {"refusals", totals.refusals}};
}

constexpr std::string_view how_to_go_on = "Ask the user to start a new session with a higher limit";

}  // namespace

RouteTotals& Ledger::route(std::string_view name) {
  const auto known = routes_.find(name);
  return known == routes_.end() ? routes_[std::string(name)] : known->second;
}

std::optional<Refusal> Ledger::begin_call(std::string_view name) {
  const RouteTotals used = totals();
  if (caps_.requests && used.requests >= *caps_.requests)
    return refuse(Reason::cap_requests,
                  fmt::format("the session's limit of {} model requests is reached. {} (--max-requests).",
                              *caps_.requests, how_to_go_on));
  if (caps_.tokens && used.tokens.total() >= *caps_.tokens)
    return refuse(Reason::cap_tokens,
                  fmt::format("the session's limit of {} tokens is reached ({} used). {} (--max-tokens).",
                              *caps_.tokens, used.tokens.total(), how_to_go_on));
  if (caps_.cost && used.cost >= *caps_.cost)
    return refuse(Reason::cap_cost, fmt::format("the session's limit of {} is reached ({} used). {} (--max-cost).",
                                                caps_.cost->to_string(), used.cost.to_string(), how_to_go_on));
  add(route(name).requests, 1);
  return std::nullopt;
}

void Ledger::cancel_call(std::string_view name) {
  RouteTotals& totals = route(name);
  if (totals.requests > 0) --totals.requests;
}

void Ledger::end_call(std::string_view name, std::string_view model, const TokenUsage& usage, Certainty certainty,
                      Pricing pricing) {
  RouteTotals& totals = route(name);
  add(totals.tokens, usage);
  if (certainty == Certainty::estimated) add(totals.estimated, 1);
  if (pricing == Pricing::free_of_charge) return;
  const PriceTable::Found found = prices_->find(model);
  if (found.kind == PriceTable::Found::Kind::guessed) add(totals.unpriced, 1);
  totals.cost = totals.cost + found.prices.cost(usage);
}

void Ledger::count_refusal(std::string_view name, Reason reason) { add(route(name).refusals[to_string(reason)], 1); }

RouteTotals Ledger::totals() const {
  RouteTotals sum;
  for (const auto& [name, totals] : routes_) add(sum, totals);
  return sum;
}

nlohmann::json to_json(const Ledger& ledger) {
  nlohmann::json result = describe(ledger.totals());
  result["providers"] = nlohmann::json::object();
  for (const auto& [name, totals] : ledger.routes()) result["providers"][name] = describe(totals);
  return result;
}

}  // namespace agentbox::broker
