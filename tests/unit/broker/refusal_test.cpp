// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/refusal.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::refusal_test {

using namespace agentbox::broker;

TEST_CASE("a refusal has the form in which each family of clients expects errors") {
  const Refusal refusal = refuse(Reason::cap_tokens, "no more");
  CHECK(refusal.status == 402);
  CHECK(refusal_body(refusal, WireFormat::anthropic) ==
        R"({"error":{"message":"agentbox: no more","type":"billing_error"},"type":"error"})");
  CHECK(
      refusal_body(refusal, WireFormat::openai) ==
      R"({"error":{"code":"agentbox_cap_tokens","message":"agentbox: no more","param":null,"type":"agentbox_refusal"}})");
  CHECK(refusal_body(refusal, WireFormat::google) ==
        R"({"error":{"code":402,"message":"agentbox: no more","status":"FAILED_PRECONDITION"}})");
}

TEST_CASE("a refusal is a complete response that says whether to try again") {
  const std::string response =
      refusal_response(refuse(Reason::too_many_calls, "later"), WireFormat::openai, AfterRefusal::keep_open);
  CHECK(response.starts_with("HTTP/1.1 429 Refused\r\n"));
  CHECK(response.find("x-should-retry: true\r\n") != std::string::npos);
  CHECK(response.find("connection: close") == std::string::npos);
  const std::string last = refusal_response(refuse(Reason::cap_cost, "no"), WireFormat::openai, AfterRefusal::close);
  CHECK(last.find("x-should-retry: false\r\nconnection: close\r\n\r\n{") != std::string::npos);
}

TEST_CASE("each reason has a word and an error status of its own row") {
  for (int i = 0; i <= static_cast<int>(Reason::upstream_timeout); ++i) {
    const auto reason = static_cast<Reason>(i);
    const Refusal refusal = refuse(reason, "x");
    CHECK(refusal.status >= 400);
    CHECK(nlohmann::json::accept(refusal_body(refusal, WireFormat::anthropic)));
    for (int j = 0; j < i; ++j) CHECK(to_string(static_cast<Reason>(j)) != to_string(reason));
  }
}

}  // namespace agentbox::refusal_test
