// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/money.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace agentbox {
namespace {

constexpr std::size_t decimals = 6;
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t to_number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

}  // namespace

Money Money::parse(std::string_view text) {
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1));
  if (!is_number(whole) || whole.size() > 7 || !is_number(fraction) || fraction.size() > decimals ||
      to_number(whole) > 1'000'000)
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is not an amount of dollars", escape_untrusted(text, 80)),
                "write it like 5 or 2.50: at most 1000000, with at most six decimals");
  fraction.resize(decimals, '0');
  return Money((to_number(whole) * 1'000'000 + to_number(fraction)) * 1'000'000);
}

std::string Money::to_string() const {
  return picodollars_ >= 1'000'000'000'000 || picodollars_ == 0 ? fmt::format("${:.2f}", dollars())
                                                                : fmt::format("${:.4f}", dollars());
}

Money operator+(Money a, Money b) {
  return Money(a.picodollars_ > most - b.picodollars_ ? most : a.picodollars_ + b.picodollars_);
}

Money operator*(Money price, std::uint64_t count) {
  if (count != 0 && price.picodollars_ > most / count) return Money(most);
  return Money(price.picodollars_ * count);
}

}  // namespace agentbox
