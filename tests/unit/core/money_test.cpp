// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/money.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

#include <limits>

namespace agentbox::money_test {

TEST_CASE("amounts of dollars are read exactly") {
  CHECK(Money::parse("5").picodollars() == 5'000'000'000'000);
  CHECK(Money::parse("2.50") == Money::parse("2.5"));
  CHECK(Money::parse("0.000001").picodollars() == 1'000'000);
  CHECK(Money::parse("1000000").to_string() == "$1000000.00");
  CHECK(Money::parse("0.0042").to_string() == "$0.0042");
  CHECK(Money().to_string() == "$0.00");
  // The price of a token, at three dollars per million.
  CHECK(Money::parse("3").millionth() * 1'000'000 == Money::parse("3"));
}

TEST_CASE("what is not an amount of dollars is refused") {
  for (const char* text :
       {"", "-1", "+1", "$5", "1e3", ".5", "5.", "1,000", "1.0000001", "1000001", "99999999", "5 ", "0x5", "nan"}) {
    INFO(text);
    CHECK_THROWS_AS(Money::parse(text), Error);
  }
}

TEST_CASE("sums and products saturate instead of starting over") {
  const Money most = Money::picodollars(std::numeric_limits<std::uint64_t>::max());
  CHECK(most + Money::parse("1") == most);
  CHECK(Money::parse("1000000") * 1'000'000'000 == most);
  CHECK(most * 0 == Money());
}

}  // namespace agentbox::money_test
