// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/money.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// What a model call has used, in tokens. The four add up: nothing is counted in two of them.
struct TokenUsage {
  std::uint64_t input = 0;  ///< neither read from the cache nor written to it
  std::uint64_t cached_input = 0;
  std::uint64_t cache_write = 0;
  std::uint64_t output = 0;

  [[nodiscard]] std::uint64_t total() const { return input + cached_input + cache_write + output; }
  friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};

/// What one token of a model costs.
struct TokenPrices {
  Money input;
  Money cached_input;
  Money cache_write;
  Money output;

  [[nodiscard]] Money cost(const TokenUsage& usage) const;
  friend bool operator==(const TokenPrices&, const TokenPrices&) = default;
};

/// agents/providers/prices.yaml: what models cost. A pure value. The first entry whose pattern matches counts.
struct PriceTable {
  struct Entry {
    std::string models;  ///< "claude-opus-4-*"
    TokenPrices prices;
  };
  std::vector<Entry> entries;
  /// For a model that no entry knows. Not free: the guest chooses the model, and a cap on the cost must still mean
  /// something.
  TokenPrices unknown;
  /// What a model server on this machine's loopback asks. listed: it passes calls on to a service that is paid for, as
  /// a proxy of models does.
  enum class Loopback { free, listed } loopback = Loopback::free;
  std::filesystem::path source;

  struct Found {
    TokenPrices prices;
    enum class Kind { listed, guessed } kind = Kind::guessed;
  };
  /// model: as a response names it. A vendor's prefix ("anthropic/", "models/") is passed over.
  [[nodiscard]] Found find(std::string_view model) const;
};

}  // namespace agentbox
