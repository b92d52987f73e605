// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/ledger.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::ledger_test {

using namespace agentbox::broker;

namespace {

PriceTable example_prices() {
  const auto prices = [](const char* input, const char* cached, const char* write, const char* output) {
    return TokenPrices{Money::parse(input).millionth(), Money::parse(cached).millionth(),
                       Money::parse(write).millionth(), Money::parse(output).millionth()};
  };
  PriceTable table;
  table.entries.push_back({"claude-opus-*", prices("5", "0.50", "6.25", "25")});
  table.unknown = prices("100", "100", "100", "100");
  return table;
}

std::string word(const std::optional<Refusal>& refusal) { return refusal ? to_string(refusal->reason) : "ok"; }

using Certainty = Ledger::Certainty;
using Pricing = Ledger::Pricing;

}  // namespace

TEST_CASE("cost is tokens times prices, to the last digit") {
  const PriceTable prices = example_prices();
  Ledger ledger({}, prices);
  CHECK(word(ledger.begin_call("anthropic")) == "ok");
  ledger.end_call("anthropic", "claude-opus-4-6",
                  {.input = 1000, .cached_input = 2000, .cache_write = 400, .output = 40}, Certainty::told,
                  Pricing::listed);
  // 0.005 + 0.001 + 0.0025 + 0.001
  CHECK(ledger.totals().cost == Money::parse("0.0095"));
  CHECK(ledger.totals().tokens.total() == 3440);
  CHECK(ledger.totals().unpriced == 0);
}

TEST_CASE("a model that the price table does not know is not free") {
  // The session chooses its model; a cap on the cost must not be passed by a name.
  const PriceTable prices = example_prices();
  Ledger ledger({.cost = Money::parse("1")}, prices);
  CHECK(word(ledger.begin_call("anthropic")) == "ok");
  ledger.end_call("anthropic", "made-up", {.input = 10000}, Certainty::told, Pricing::listed);
  CHECK(ledger.totals().cost == Money::parse("1"));
  CHECK(ledger.totals().unpriced == 1);
  CHECK(word(ledger.begin_call("anthropic")) == "cap_cost");
}

TEST_CASE("a model of one's own costs nothing, but counts") {
  const PriceTable prices = example_prices();
  Ledger ledger({}, prices);
  ledger.end_call("anthropic", "claude-opus-4-6", {.output = 500}, Certainty::estimated, Pricing::free_of_charge);
  CHECK(ledger.totals().cost == Money());
  CHECK(ledger.totals().tokens.output == 500);
  CHECK(ledger.totals().estimated == 1);
}

TEST_CASE("each cap stops further calls, of all providers together") {
  const PriceTable prices = example_prices();
  Ledger requests({.requests = 2}, prices);
  CHECK(word(requests.begin_call("a")) == "ok");
  CHECK(word(requests.begin_call("b")) == "ok");
  CHECK(word(requests.begin_call("a")) == "cap_requests");
  CHECK(requests.totals().requests == 2);

  Ledger tokens({.tokens = 100}, prices);
  CHECK(word(tokens.begin_call("a")) == "ok");
  tokens.end_call("a", "m", {.input = 50, .output = 49}, Certainty::told, Pricing::listed);
  CHECK(word(tokens.begin_call("b")) == "ok");
  tokens.end_call("b", "m", {.cached_input = 1}, Certainty::told, Pricing::listed);
  const auto refusal = tokens.begin_call("a");
  CHECK(word(refusal) == "cap_tokens");
  CHECK(refusal->message ==
        "agentbox: the session's limit of 100 tokens is reached (100 used). Ask the user to start a new "
        "session with a higher limit (--max-tokens).");
}

TEST_CASE("sums that leave the range of numbers stay at its end, above every cap") {
  const PriceTable prices = example_prices();
  Ledger ledger({.cost = Money::parse("1000000")}, prices);
  for (int i = 0; i < 3; ++i)
    ledger.end_call("a", "made-up", {.input = 900'000'000'000'000}, Certainty::told, Pricing::listed);
  CHECK(word(ledger.begin_call("a")) == "cap_cost");
}

TEST_CASE("the summary tells all and each provider") {
  const PriceTable prices = example_prices();
  Ledger ledger({}, prices);
  CHECK(word(ledger.begin_call("anthropic")) == "ok");
  ledger.end_call("anthropic", "claude-opus-4-6", {.input = 1000000}, Certainty::told, Pricing::listed);
  ledger.count_refusal("openai", Reason::not_allowed);
  const nlohmann::json summary = to_json(ledger);
  CHECK(summary["requests"] == 1);
  CHECK(summary["cost_usd"] == 5.0);
  CHECK(summary["tokens"]["total"] == 1000000);
  CHECK(summary["refusals"] == nlohmann::json{{"not_allowed", 1}});
  CHECK(summary["providers"]["anthropic"]["tokens"]["input"] == 1000000);
  CHECK(summary["providers"]["openai"]["requests"] == 0);
}

}  // namespace agentbox::ledger_test
