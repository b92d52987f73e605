// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/price_table.hpp"

#include "core/call_pattern.hpp"

namespace agentbox {

Money TokenPrices::cost(const TokenUsage& usage) const {
  return input * usage.input + cached_input * usage.cached_input + cache_write * usage.cache_write +
         output * usage.output;
}

PriceTable::Found PriceTable::find(std::string_view model) const {
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  for (const Entry& entry : entries) {
    if (matches_wildcard(entry.models, model)) return {entry.prices, Found::Kind::listed};
  }
  return {unknown, Found::Kind::guessed};
}

}  // namespace agentbox
