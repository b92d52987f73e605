// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentbox {

/// An amount of US dollars, exact to a millionth of a millionth: a price in dollars per million tokens with up to six
/// decimals is a whole number of these per token, so nothing is ever rounded while it is added up. Sums and products
/// saturate: a cap must not be passed by overflow.
class Money {
 public:
  constexpr Money() = default;
  static constexpr Money picodollars(std::uint64_t n) { return Money(n); }
  /// "5", "2.50", "0.000001"; at most 1000000 dollars and six decimals. Throws Error{usage} naming the text.
  static Money parse(std::string_view text);

  [[nodiscard]] constexpr std::uint64_t picodollars() const { return picodollars_; }
  /// A millionth of it. Money::parse("3").millionth() is the price of one token at 3 dollars per million.
  [[nodiscard]] constexpr Money millionth() const { return Money(picodollars_ / 1'000'000); }
  [[nodiscard]] double dollars() const { return static_cast<double>(picodollars_) / 1e12; }
  /// "$2.50", with four decimals below a dollar: "$0.0042". For people.
  [[nodiscard]] std::string to_string() const;

  friend Money operator+(Money a, Money b);
  friend Money operator*(Money price, std::uint64_t count);
  friend constexpr auto operator<=>(Money, Money) = default;

 private:
  constexpr explicit Money(std::uint64_t picodollars) : picodollars_(picodollars) {}
  std::uint64_t picodollars_ = 0;
};

}  // namespace agentbox
