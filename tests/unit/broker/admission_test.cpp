// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/admission.hpp"

#include "support/broker_plans.hpp"
#include "support/catch.hpp"

namespace agentbox::admission_test {

using namespace agentbox::broker;
using namespace agentbox::test;

namespace {

const std::string attackers_key = "sk-ant-api03-ATTACKERS-OWN-KEY";
const std::string openai_placeholder = "sk-proj-PLACEHOLDER0123456789abcdef";

BrokerPlan example_plan() {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", "https://api.anthropic.com"));
  plan.routes.push_back(shipped_route("openai", "https://api.openai.com/v1", openai_placeholder));
  plan.routes.push_back(shipped_route("google", "http://127.0.0.1:8787/prefix"));
  return plan;
}

Admission decide(const BrokerPlan& plan, const std::string& method, const std::string& target,
                 const std::string& headers) {
  const auto head =
      parse_request_head(method + " " + target + " HTTP/1.1\r\nHost: 10.0.2.2:8080\r\n" + headers + "\r\n", 50);
  return admit(plan, std::get<RequestHead>(head));
}

/// "-> TARGET" when it is forwarded, "200", or the refusal's word.
std::string outcome(const std::string& method, const std::string& target,
                    const std::string& headers = "X-Api-Key: " + placeholder + "\r\n") {
  const BrokerPlan plan = example_plan();
  const Admission admission = decide(plan, method, target, headers);
  if (const auto* forward = std::get_if<Forward>(&admission)) return "-> " + forward->target;
  if (const auto* refused = std::get_if<Refused>(&admission)) return to_string(refused->refusal.reason);
  return "200";
}

}  // namespace

TEST_CASE("calls that a provider's definition names are forwarded to the fixed upstream") {
  CHECK(outcome("POST", "/anthropic/v1/messages?beta=true") == "-> /v1/messages?beta=true");
  CHECK(outcome("POST", "/anthropic/v1/messages/count_tokens") == "-> /v1/messages/count_tokens");
  CHECK(outcome("GET", "/anthropic/v1/models/claude-opus-4-6") == "-> /v1/models/claude-opus-4-6");
  CHECK(outcome("POST", "/openai/v1/responses", "Authorization: Bearer " + openai_placeholder + "\r\n") ==
        "-> /v1/responses");
  CHECK(outcome("POST", "/google/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
                "x-goog-api-key: " + placeholder + "\r\n") ==
        "-> /prefix/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
  CHECK(outcome("HEAD", "/anthropic/api/hello", "") == "200");
}

TEST_CASE("all other methods and paths are refused") {
  CHECK(outcome("DELETE", "/anthropic/v1/messages") == "not_allowed");
  CHECK(outcome("post", "/anthropic/v1/messages") == "not_allowed");
  CHECK(outcome("POST", "/anthropic/v1/files") == "not_allowed");
  CHECK(outcome("POST", "/anthropic/v1/messages/batches") == "not_allowed");
  CHECK(outcome("GET", "/anthropic/v1/organizations/api_keys") == "not_allowed");
  CHECK(outcome("GET", "/anthropic/v1/models/a/b") == "not_allowed");
  CHECK(outcome("POST", "/anthropic/V1/messages") == "not_allowed");
  CHECK(outcome("POST", "/openai/responses", "Authorization: Bearer " + openai_placeholder + "\r\n") == "not_allowed");
  CHECK(outcome("GET", "/openai/v1/files", "Authorization: Bearer " + openai_placeholder + "\r\n") == "not_allowed");
  CHECK(outcome("POST", "/google/v1beta/models/m:generateContent:countTokens") == "not_allowed");
  CHECK(outcome("POST", "/google/v1beta/cachedContents") == "not_allowed");
  CHECK(outcome("POST", "/other/v1/messages") == "unknown_route");
  CHECK(outcome("POST", "/anthropicx/v1/messages") == "unknown_route");
  CHECK(outcome("POST", "/v1/messages") == "unknown_route");
}

TEST_CASE("a path that some server would turn into another one is refused") {
  for (const char* target :
       {"/anthropic/v1/messages/", "/anthropic//v1/messages", "/anthropic/v1/./messages", "/anthropic/v1/x/../messages",
        "/anthropic/v1%2Fmessages", "/anthropic/v1/message%73", "/anthropic/v1/messages%00", "/anthropic/v1\\messages",
        "http://api.anthropic.com/v1/messages", "//evil.example/v1/messages", "*", "evil.example:443", "/",
        "/anthropic/v1/messages#x", "/anthropic/v1/messages;x=y/..", "/anthropic/v1/messages?beta=true;key=x"}) {
    INFO(target);
    CHECK(outcome("POST", target) == "bad_request");
  }
}

TEST_CASE("only the route's own placeholder is accepted") {
  CHECK(outcome("POST", "/anthropic/v1/messages", "") == "no_credential");
  CHECK(outcome("POST", "/anthropic/v1/messages", "X-Api-Key: " + attackers_key + "\r\n") == "wrong_credential");
  // A placeholder is bound to its provider: the other route's opens nothing.
  CHECK(outcome("POST", "/anthropic/v1/messages", "X-Api-Key: " + openai_placeholder + "\r\n") == "wrong_credential");
  CHECK(outcome("POST", "/openai/v1/responses", "Authorization: Bearer " + placeholder + "\r\n") == "wrong_credential");
  CHECK(outcome("POST", "/anthropic/v1/messages", "X-Api-Key: " + placeholder + "x\r\n") == "wrong_credential");
  CHECK(outcome("POST", "/anthropic/v1/messages", "X-Api-Key: " + placeholder.substr(1) + "\r\n") ==
        "wrong_credential");
  CHECK(outcome("POST", "/anthropic/v1/messages", "X-Api-Key:\r\n") == "wrong_credential");
  CHECK(outcome("POST", "/anthropic/v1/messages", "Cookie: " + placeholder + "\r\n") == "no_credential");
  // The real key is not known in the session; who has it got it from elsewhere, and is not let through either.
  CHECK(outcome("POST", "/anthropic/v1/messages", "X-Api-Key: " + real_key + "\r\n") == "wrong_credential");
}

TEST_CASE("the placeholder is accepted in every form in which clients send keys") {
  for (const std::string& header :
       {"Authorization: Bearer " + placeholder, "authorization: bearer " + placeholder, "X-API-KEY: " + placeholder,
        "x-goog-api-key: " + placeholder, "api-key: " + placeholder}) {
    INFO(header);
    CHECK(outcome("POST", "/anthropic/v1/messages", header + "\r\n") == "-> /v1/messages");
  }
  CHECK(outcome("POST", "/google/v1beta/models/m:generateContent?key=" + placeholder, "") ==
        "-> /prefix/v1beta/models/m:generateContent");
}

TEST_CASE("a route without a placeholder lets nobody in") {
  // An empty placeholder must not match an empty header.
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", "https://api.anthropic.com", ""));
  CHECK(std::holds_alternative<Refused>(decide(plan, "POST", "/anthropic/v1/messages", "X-Api-Key:\r\n")));
}

TEST_CASE("nothing of the guest's that could be a credential goes on") {
  // The attack: beside the placeholder the guest sends a key of its own. If it were forwarded, a later server might
  // prefer it, and the project's content would land in the attacker's account.
  const BrokerPlan plan = example_plan();
  const std::string own = "Authorization: Bearer " + attackers_key + "\r\nAuthorization: Basic " + attackers_key +
                          "\r\nX-Goog-Api-Key: " + attackers_key + "\r\nApi-Key: " + attackers_key +
                          "\r\nCookie: session=" + attackers_key + "\r\nProxy-Authorization: x " + attackers_key +
                          "\r\nX-Auth-Token: " + attackers_key + "\r\nAnthropic-Api-Key: " + attackers_key +
                          "\r\nX-Forwarded-Authorization: " + attackers_key +
                          "\r\nX-HTTP-Method-Override: DELETE\r\nX-Original-URL: /v1/files\r\n" +
                          "X-Unknown: " + attackers_key + "\r\nForwarded: for=" + attackers_key + "\r\n";
  const Admission admission =
      decide(plan, "POST",
             "/anthropic/v1/messages?key=" + attackers_key + "&beta=true&k%65y=" + attackers_key +
                 "&api_key=" + attackers_key + "&access_token=" + attackers_key + "&BETA=" + attackers_key,
             own + "X-Api-Key: " + placeholder + "\r\nAnthropic-Version: 2023-06-01\r\nAccept-Encoding: gzip\r\n");
  const auto& forward = std::get<Forward>(admission);
  CHECK(forward.target == "/v1/messages?beta=true");
  CHECK(forward.headers == std::vector<Header>{{"anthropic-version", "2023-06-01"}});
}

TEST_CASE("a header that the connection header names is of this hop") {
  const BrokerPlan plan = example_plan();
  const auto admission =
      decide(plan, "POST", "/anthropic/v1/messages",
             "X-Api-Key: " + placeholder +
                 "\r\nConnection: keep-alive, X-App\r\nX-App: cli\r\nUser-Agent: a\r\nTE: trailers\r\n");
  CHECK(std::get<Forward>(admission).headers == std::vector<Header>{{"user-agent", "a"}});
}

TEST_CASE("websockets are refused in the way that makes clients fall back to plain requests") {
  CHECK(outcome("GET", "/openai/v1/responses",
                "Upgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer " + openai_placeholder + "\r\n") ==
        "upgrade");
  CHECK(refuse(Reason::upgrade, "x").status == 426);
}

TEST_CASE("calls that cost are told from those that do not") {
  const BrokerPlan plan = example_plan();
  const std::string key = "X-Api-Key: " + placeholder + "\r\n";
  const auto metering = [&](const Admission& admission) { return std::get<Forward>(admission).metering; };
  CHECK(metering(decide(plan, "POST", "/anthropic/v1/messages", key)) == Forward::Metering::metered);
  CHECK(metering(decide(plan, "POST", "/anthropic/v1/messages/count_tokens", key)) == Forward::Metering::free);
}

TEST_CASE("expectations other than 100-continue are refused") {
  const std::string key = "X-Api-Key: " + placeholder + "\r\n";
  CHECK(outcome("POST", "/anthropic/v1/messages", key + "Expect: 100-continue\r\n") == "-> /v1/messages");
  CHECK(outcome("POST", "/anthropic/v1/messages", key + "Expect: wonders\r\n") == "bad_request");
}

}  // namespace agentbox::admission_test
