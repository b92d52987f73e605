// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/policy.hpp"
#include "config/price_table.hpp"
#include "gateway/broker/refusal.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox::broker {

/// What one route has used up.
struct RouteTotals {
  std::uint64_t requests = 0;  ///< model calls that went to the upstream
  TokenUsage tokens;
  Money cost;
  std::uint64_t estimated = 0;                                 ///< calls whose usage was not told, and is a guess
  std::uint64_t unpriced = 0;                                  ///< calls of models that the price table does not know
  std::map<std::string, std::uint64_t, std::less<>> refusals;  ///< by reason

  friend bool operator==(const RouteTotals&, const RouteTotals&) = default;
};

/// The session's account: adds up what calls have used, and says when the caps are reached. The caps hold for all
/// routes together. A call that is under way is never cut off, so the last ones may pass a cap, by at most as many
/// calls as are allowed at once; the number of requests is exact. Pure.
class Ledger {
 public:
  /// prices must outlive the ledger.
  Ledger(UsageCaps caps, const PriceTable& prices) : caps_(caps), prices_(&prices) {}

  /// Whether one more model call may go out; counts it when it may.
  std::optional<Refusal> begin_call(std::string_view route);

  /// A call that began, but did not reach its upstream.
  void cancel_call(std::string_view route);

  enum class Certainty { told, estimated };
  enum class Pricing { listed, free_of_charge };
  void end_call(std::string_view route, std::string_view model, const TokenUsage& usage, Certainty certainty,
                Pricing pricing);
  void count_refusal(std::string_view route, Reason reason);

  [[nodiscard]] RouteTotals totals() const;
  [[nodiscard]] const std::map<std::string, RouteTotals, std::less<>>& routes() const { return routes_; }

 private:
  RouteTotals& route(std::string_view name);

  UsageCaps caps_;
  const PriceTable* prices_;
  std::map<std::string, RouteTotals, std::less<>> routes_;
};

/// {"requests", "tokens": {"input", "cached_input", "cache_write", "output", "total"}, "cost_usd", "estimated_calls",
/// "unpriced_calls", "refusals": {reason: count}, "providers": {name: the same}}.
nlohmann::json to_json(const Ledger& ledger);

}  // namespace agentbox::broker
