// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/plan.hpp"
#include "gateway/wipe_json.hpp"

#include "core/error.hpp"
#include "support/broker_plans.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::plan_test {

using namespace agentbox::test;

TEST_CASE("a URL of a model service is taken apart, or refused") {
  const auto [url, shown] = GENERATE(table<std::string, std::string>({
      {"https://api.anthropic.com", "https://api.anthropic.com"},
      {"https://api.openai.com/v1/", "https://api.openai.com/v1"},
      {"http://127.0.0.1:8787", "http://127.0.0.1:8787"},
      {"http://localhost/a/b", "http://localhost/a/b"},
      {"https://h:443", "https://h"},
      {"http://[::1]:8080/v1", "http://[::1]:8080/v1"},
      {"ftp://h", "refused"},
      {"https://", "refused"},
      {"https://user@h", "refused"},
      {"https://h/a?b", "refused"},
      {"https://h/../a", "refused"},
      {"https://h:0", "refused"},
      {"https://h:65536", "refused"},
      {"https://h:8x", "refused"},
      {"https://[::1", "refused"},
      {"https://[h]", "refused"},
      {"https://h\r\nX: y", "refused"},
  }));
  INFO(url);
  const auto outcome = [](const std::string& text) {
    try {
      return Upstream::parse(text).to_string();
    } catch (const Error&) {
      return std::string("refused");
    }
  };
  CHECK(outcome(url) == shown);
  if (shown != "refused") CHECK(Upstream::parse(shown) == Upstream::parse(url));
}

TEST_CASE("a plan survives the way to the gateway, secrets and all") {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", "https://api.anthropic.com"));
  plan.routes.push_back(shipped_route("google", "http://127.0.0.1:8787/x"));
  plan.routes[1].pricing = BrokerRoute::Pricing::free_of_charge;
  plan.caps = {.tokens = 5, .cost = Money::parse("2.5"), .requests = 7};
  plan.prices = shipped_catalog().prices();
  plan.extra_ca = "-----BEGIN CERTIFICATE-----\n";
  plan.limits.calls_at_once = 3;
  nlohmann::json sent = to_json(plan);
  const BrokerPlan received = broker_plan_from_json(nlohmann::json::parse(sent.dump()));
  CHECK(to_json(received) == sent);
  CHECK(received.routes.at(0).key.view() == real_key);
  CHECK(received.caps == plan.caps);
  CHECK(received.limits.calls_at_once == 3);

  wipe_secrets(sent);
  CHECK(sent.dump().find(real_key) == std::string::npos);
  CHECK(sent.dump().find(placeholder) == std::string::npos);
}

TEST_CASE("a plan that is not ours is refused without showing its values") {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", "https://api.anthropic.com"));
  for (const char* key : {"routes", "caps", "prices", "limits", "extra_ca"}) {
    nlohmann::json broken = to_json(plan);
    broken.erase(key);
    CHECK_THROWS_AS(broker_plan_from_json(broken), Error);
  }
  nlohmann::json broken = to_json(plan);
  broken["routes"][0]["key"] = 5;
  try {
    static_cast<void>(broker_plan_from_json(broken));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::internal);
    CHECK(std::string(error.what()).find(placeholder) == std::string::npos);
  }
}

}  // namespace agentbox::plan_test
