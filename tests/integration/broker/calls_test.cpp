// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/broker_plans.hpp"
#include "support/broker_server.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <thread>

namespace agentbox::calls_test {

using namespace agentbox::test;

namespace {

const std::string attackers_key = "sk-ant-api03-ATTACKERS-OWN-KEY";
std::string answer(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + headers +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunk(const std::string& data) { return fmt::format("{:x}\r\n{}\r\n", data.size(), data); }

const std::string usage_body = R"({"model":"claude-opus-4-6","usage":{"input_tokens":3,"output_tokens":4}})";

BrokerPlan plan_for(const std::string& upstream) {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", upstream));
  plan.prices = shipped_catalog().prices();
  return plan;
}

std::string request(const std::string& body, const std::string& headers = "",
                    const std::string& target = "/anthropic/v1/messages") {
  return "POST " + target + " HTTP/1.1\r\nhost: 10.0.2.2:8080\r\nx-api-key: " + placeholder +
         "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}
const std::string last = "connection: close\r\n";

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a call reaches the upstream with the real key, and nothing else that could be one") {
  // The attack: the guest's own key beside the placeholder, in every form a later server might prefer.
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send(answer(usage_body));
  });
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url()));
  const std::string response = broker.ask(request(
      "{}",
      "authorization: Bearer " + attackers_key + "\r\nx-goog-api-key: " + attackers_key +
          "\r\napi-key: " + attackers_key + "\r\ncookie: k=" + attackers_key + "\r\nproxy-authorization: Basic " +
          attackers_key + "\r\nx-other: " + attackers_key + "\r\nx-api-key: " + attackers_key +
          "\r\nanthropic-version: 2023-06-01\r\naccept-encoding: gzip\r\n" + last,
      "/anthropic/v1/messages?beta=true&key=" + attackers_key));
  CHECK(response.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(response.ends_with(usage_body));
  const std::string received = upstream.received();
  CHECK(received ==
        "POST /v1/messages?beta=true HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(upstream.port()) +
            "\r\nanthropic-version: 2023-06-01\r\naccept-encoding: identity\r\ncontent-length: 2\r\nx-api-key: " +
            real_key + "\r\n\r\n{}");
}

TEST_CASE("an Azure-style service gets its key in its own header, and the version of its API in the query") {
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send(answer(R"({"model":"gpt-5","usage":{"prompt_tokens":3,"completion_tokens":4}})"));
  });
  server = &upstream;
  BrokerPlan plan;
  plan.routes.push_back(route_by(example_provider("azure"), upstream.url() + "/openai"));
  plan.prices = shipped_catalog().prices();
  BrokerServer broker(std::move(plan));
  const std::string response = broker.ask(
      "POST /azure/openai/deployments/my-gpt/chat/completions?api-version=2025-04-01-preview&api-key=" + attackers_key +
      " HTTP/1.1\r\nhost: 10.0.2.2:8080\r\nauthorization: Bearer " + placeholder + "\r\napi-key: " + attackers_key +
      "\r\ncontent-length: 2\r\n" + last + "\r\n{}");
  CHECK(response.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(upstream.received() ==
        "POST /openai/deployments/my-gpt/chat/completions?api-version=2025-04-01-preview HTTP/1.1\r\nhost: 127.0.0.1:" +
            std::to_string(upstream.port()) + "\r\naccept-encoding: identity\r\ncontent-length: 2\r\napi-key: " +
            real_key + "\r\n\r\n{}");
  CHECK(broker.summary()["tokens"]["output"] == 4);
}

TEST_CASE("a base URL with a path of its own is called below that path") {
  // A local model server behind a prefix: OPENAI_BASE_URL=http://127.0.0.1:PORT/serving/llama/v1
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send(answer("{}"));
  });
  server = &upstream;
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("openai", upstream.url() + "/serving/llama/v1"));
  BrokerServer broker(std::move(plan));
  CHECK(broker.ask(request("{}", last, "/openai/v1/chat/completions")).starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(upstream.received().starts_with("POST /serving/llama/v1/chat/completions HTTP/1.1\r\n"));
  CHECK(contains(upstream.received(), "\r\nauthorization: Bearer " + real_key + "\r\n"));
}

TEST_CASE("the first event arrives while the upstream still holds the rest") {
  std::promise<void> first_seen;
  auto seen = first_seen.get_future().share();
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&, seen](Peer& peer) {
    server->read_request(peer);
    peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    peer.send(chunk("data: {\"text\": \"sk-an\"}\n\n"));
    seen.wait();  // a broker that waits for more would wait for ever
    peer.send(chunk("data: {\"usage\": {\"input_tokens\": 5, \"output_tokens\": 12345}}\n\n") + "0\r\n\r\n");
  });
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url()));
  Peer guest = broker.connect();
  guest.send(request("{}", last));
  const std::string head = guest.until("\r\n\r\n");
  CHECK(contains(head, "content-type: text/event-stream\r\n"));
  CHECK(contains(head, "transfer-encoding: chunked\r\n"));
  CHECK(contains(guest.until("\n\n"), "data: {\"text\": \"sk-an\"}"));
  first_seen.set_value();
  CHECK(guest.rest().ends_with("0\r\n\r\n"));
  CHECK(broker.summary()["tokens"]["output"] == 12345);
}

TEST_CASE("each piece of an answer passes at once, however slowly they come") {
  // Each is sent when the one before has arrived: one that waited for the next, or for its buffer to fill, would wait
  // for ever.
  constexpr int pieces = 100;
  std::atomic<int> arrived = 0;
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    for (int i = 0; i < pieces; ++i) {
      peer.send("data: " + std::string(static_cast<std::size_t>(i) * 1000, 'x') + "<" + std::to_string(i) + ">\n\n");
      arrived.wait(i);
    }
  });
  server = &upstream;
  // Whatever fails, the upstream's thread must come to its end.
  const std::shared_ptr<void> at_end(nullptr, [&](void*) {
    arrived = pieces;
    arrived.notify_all();
  });
  const BrokerServer broker(plan_for(upstream.url()));
  Peer guest = broker.connect();
  guest.send(request("{}", last));
  for (int i = 0; i < pieces; ++i) {
    const std::string mark = "<" + std::to_string(i) + ">\n\n";
    CHECK(guest.until(mark).ends_with(mark));
    arrived = i + 1;
    arrived.notify_all();
  }
  CHECK(guest.rest().ends_with("0\r\n\r\n"));
}

TEST_CASE("an upstream that echoes the key does not give it away") {
  // Debugging proxies and error pages repeat the request's headers. Here in a header, and in a body cut within the key.
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send("HTTP/1.1 401 Unauthorized\r\nx-echo: got " + real_key + "\r\ntransfer-encoding: chunked\r\n\r\n");
    for (const char c : "wrong key " + real_key + "!") peer.send("1\r\n" + std::string(1, c) + "\r\n");
    peer.send("0\r\n\r\n");
  });
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url()));
  const std::string response = broker.ask(request("{}", last));
  CHECK(response.starts_with("HTTP/1.1 401 "));
  CHECK_FALSE(contains(response, real_key));
  CHECK_FALSE(contains(response, real_key.substr(0, 20)));
  CHECK(contains(response, "x-echo: got " + std::string(real_key.size(), '*')));
  CHECK(broker.summary()["tokens"]["total"] == 0);  // an error costs nothing
}

TEST_CASE("a redirect is not followed") {
  // An upstream that redirects would be sent the key again, wherever it points to.
  UpstreamServer other([](Peer& peer) { peer.send(answer("{}")); });
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send("HTTP/1.1 307 Temporary Redirect\r\nlocation: " + other.url() +
              "/v1/messages\r\ncontent-length: 0\r\n\r\n");
  });
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url()));
  const std::string response = broker.ask(request("{}", last));
  CHECK(response.starts_with("HTTP/1.1 502 "));
  CHECK(contains(response, "redirect"));
  CHECK_FALSE(contains(response, other.url()));
  CHECK(other.connections() == 0);
}

TEST_CASE("a compressed answer is refused, since the key in it would not be seen") {
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send(answer("whatever", "content-encoding: gzip\r\n"));
  });
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url()));
  CHECK(broker.ask(request("{}", last)).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("requests that can be read in two ways never reach the upstream") {
  UpstreamServer upstream([](Peer& peer) { peer.send(answer("{}")); });
  BrokerServer broker(plan_for(upstream.url()));
  const std::string head = "POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: " + placeholder + "\r\n";
  for (const std::string& bad :
       {head + "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "content-length: 4\r\ncontent-length: 5\r\n\r\nabcd", head + "x-a: b\r\n folded: c\r\n\r\n",
        head + "x-a: b\n\n", head + "transfer-encoding: gzip\r\n\r\n",
        std::string("GET /anthropic/v1/models\r\n\r\n")}) {
    INFO(bad);
    const std::string response = broker.ask(bad);
    CHECK(response.starts_with("HTTP/1.1 400 "));
    CHECK(contains(response, "connection: close\r\n"));
  }
  CHECK(broker.ask(head + "x: " + std::string(40000, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
  CHECK(upstream.connections() == 0);
  CHECK(broker.summary()["refusals"]["bad_request"] == 7);
}

TEST_CASE("the placeholder opens nothing but its own calls, and nothing else opens them") {
  UpstreamServer upstream([](Peer& peer) { peer.send(answer("{}")); });
  BrokerPlan plan = plan_for(upstream.url());
  plan.routes.push_back(shipped_route("openai", upstream.url() + "/v1", "sk-proj-other", "sk-proj-REALOTHERKEY"));
  BrokerServer broker(std::move(plan));
  CHECK(broker.ask(request("{}", last, "/openai/v1/responses")).starts_with("HTTP/1.1 401 "));
  CHECK(broker.ask(request("{}", last, "/anthropic/v1/files")).starts_with("HTTP/1.1 403 "));
  CHECK(broker.ask(request("{}", last, "/anthropic/v1/messages/../files")).starts_with("HTTP/1.1 400 "));
  CHECK(
      broker.ask("GET /anthropic/v1/models HTTP/1.1\r\nhost: h\r\nx-api-key: " + attackers_key + "\r\n" + last + "\r\n")
          .starts_with("HTTP/1.1 401 "));
  CHECK(upstream.connections() == 0);
  CHECK(broker.ask("HEAD /anthropic/api/hello HTTP/1.1\r\nhost: h\r\n" + last + "\r\n") ==
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  // Who may: the same call with the right placeholder.
  CHECK(broker.ask("GET /anthropic/v1/models HTTP/1.1\r\nhost: h\r\nx-api-key: " + placeholder + "\r\n" + last + "\r\n")
            .starts_with("HTTP/1.1 200 "));
}

TEST_CASE("several calls share a connection, each judged on its own") {
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    while (!server->read_request(peer).empty()) peer.send(answer(usage_body));
  });
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url()));
  {
    Peer guest = broker.connect();
    // Pipelined: all at once, with a refused one in the middle whose body must not be taken for a request.
    guest.send(request("{1}") + request("POST /x HTTP/1.1\r\n\r\n", "", "/anthropic/v1/files") + request("{2}", last));
    const std::string all = guest.rest();
    CHECK(all.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(contains(all, "HTTP/1.1 403 Refused\r\n"));
    CHECK(all.ends_with(usage_body));
  }
  CHECK(upstream.connections() == 1);
  CHECK(contains(upstream.received(), "{1}"));
  CHECK(contains(upstream.received(), "{2}"));
  CHECK(broker.summary()["requests"] == 2);
  CHECK(broker.summary()["tokens"]["total"] == 14);
  CHECK(broker.events().size() == 3);
}

TEST_CASE("a chunked request arrives as it was sent") {
  UpstreamServer upstream([](Peer& peer) {
    const std::string got = peer.until("0\r\n\r\n");
    peer.send(
        answer(contains(got, "5\r\nhello\r\n") && contains(got, "transfer-encoding: chunked\r\n") ? "yes" : "no"));
  });
  BrokerServer broker(plan_for(upstream.url()));
  const std::string response = broker.ask(
      "POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\nx-api-key: " + placeholder +
      "\r\ntransfer-encoding: chunked\r\n" + last + "\r\n5\r\nhello\r\n0\r\nx-trailer: dropped\r\n\r\n");
  CHECK(response.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(response.ends_with("\r\n\r\nyes"));
}

TEST_CASE("a body that breaks off upstream does not look complete to the guest") {
  const auto [head, half] = GENERATE(table<std::string, std::string>({
      {"content-length: 100\r\n", "half"},
      {"transfer-encoding: chunked\r\n", "4\r\nhalf\r\n"},
  }));
  UpstreamServer upstream([&, head = head, half = half](Peer& peer) {
    peer.until("\r\n\r\n{}");
    peer.send("HTTP/1.1 200 OK\r\n" + head + "\r\n" + half);
  });
  BrokerServer broker(plan_for(upstream.url()));
  const std::string response = broker.ask(request("{}"));
  CHECK(contains(response, "half"));
  CHECK_FALSE(response.ends_with("0\r\n\r\n"));
}

TEST_CASE("a model service that cannot be reached is an explained error that may be tried again") {
  int port = 0;
  { const UniqueFd gone = listen_on_loopback(port); }
  BrokerServer broker(plan_for("http://127.0.0.1:" + std::to_string(port)));
  const std::string response = broker.ask(request("{}", last));
  CHECK(response.starts_with("HTTP/1.1 502 "));
  CHECK(contains(response, "x-should-retry: true\r\n"));
  CHECK(contains(response, "cannot be reached"));
  CHECK(contains(response, "\"type\":\"api_error\""));
  CHECK(broker.summary()["requests"] == 0);
}

TEST_CASE("a guest that goes away ends the upstream call, and is charged for it") {
  // The attack: hang up before the answer that tells the usage, and work for free. And a model must not go on for
  // nobody.
  std::promise<bool> ended;
  std::promise<void> asked;
  UpstreamServer upstream([&](Peer& peer) {
    peer.until("\r\n\r\n");
    peer.exactly(4000);
    asked.set_value();
    ended.set_value(peer.receive().empty());
  });
  BrokerServer broker(plan_for(upstream.url()));
  {
    Peer guest = broker.connect();
    guest.send(request(std::string(4000, 'x')));
    asked.get_future().wait();
  }
  CHECK(ended.get_future().get());
  CHECK(broker.summary()["tokens"]["input"] == 1000);
  CHECK(broker.summary()["estimated_calls"] == 1);
}

TEST_CASE("caps stop further calls with an error in the provider's own form") {
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    while (!server->read_request(peer).empty()) peer.send(answer(usage_body));
  });
  server = &upstream;
  const auto refusal_with = [&](UsageCaps caps) {
    BrokerPlan plan = plan_for(upstream.url());
    plan.caps = caps;
    BrokerServer broker(std::move(plan));
    CHECK(broker.ask(request("{}", last)).starts_with("HTTP/1.1 200 "));
    return broker.ask(request("{}", last));
  };
  for (const UsageCaps& caps :
       {UsageCaps{.tokens = 7}, UsageCaps{.cost = Money::parse("0.0001")}, UsageCaps{.requests = 1}}) {
    const std::string refused = refusal_with(caps);
    CHECK(refused.starts_with("HTTP/1.1 402 "));
    CHECK(contains(refused, "x-should-retry: false\r\n"));
    CHECK(contains(refused, R"({"error":{"message":"agentbox: the session's limit of )"));
    CHECK(contains(refused, R"("type":"billing_error"},"type":"error"})"));
  }
  CHECK(contains(refusal_with({.tokens = 8}), "HTTP/1.1 200 "));
}

TEST_CASE("an upstream that says nothing is given up, and so is a guest that sends slowly") {
  std::promise<void> done;
  auto end = done.get_future().share();
  UpstreamServer upstream([end](Peer& peer) {
    peer.until("\r\n\r\n");
    end.wait();
  });
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.answer_idle = std::chrono::milliseconds(50);
  plan.limits.head_time = std::chrono::milliseconds(50);
  BrokerServer broker(std::move(plan));
  CHECK(broker.ask(request("{}", last)).starts_with("HTTP/1.1 504 "));
  Peer slow = broker.connect();
  slow.send("POST /anthropic");
  CHECK(slow.rest().empty());
  done.set_value();
}

TEST_CASE("the number of calls at once is bounded") {
  std::promise<void> done;
  auto end = done.get_future().share();
  std::promise<void> arrived;
  UpstreamServer upstream([&, end](Peer& peer) {
    peer.until("\r\n\r\n");
    arrived.set_value();
    end.wait();
  });
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.calls_at_once = 1;
  BrokerServer broker(std::move(plan));
  Peer first = broker.connect();
  first.send(request("{}"));
  arrived.get_future().wait();
  CHECK(broker.ask(request("{}", last)).starts_with("HTTP/1.1 429 "));
  done.set_value();
}

// A guest that made one call on each of many connections held as many TLS connections to the provider for minutes.
TEST_CASE("no more upstream connections are kept than calls can be made at once") {
  std::promise<void> closed;
  std::atomic<int> open{0};
  std::atomic<bool> told{false};
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    ++open;
    while (!server->read_request(peer).empty()) peer.send(answer(usage_body));
    if (--open == 1 && !told.exchange(true)) closed.set_value();
  });
  server = &upstream;
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.calls_at_once = 1;
  BrokerServer broker(std::move(plan));
  Peer first = broker.connect();
  Peer second = broker.connect();
  std::size_t calls = 0;
  for (Peer* guest : {&first, &second}) {
    guest->send(request("{}"));
    CHECK(guest->until(usage_body).starts_with("HTTP/1.1 200 "));
    ++calls;
    while (broker.events().size() < calls) std::this_thread::yield();  // only then is there room for another call
  }
  // The second guest's is given up though that guest stays; else nobody closes it before the keep-alive's end.
  REQUIRE(closed.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  first.send(request("{}", last));
  CHECK(first.rest().ends_with(usage_body));
  CHECK(upstream.connections() == 2);  // the first one's was kept
  second.send(request("{}", last));
  CHECK(second.rest().ends_with(usage_body));
}

TEST_CASE("the guest's connections are bounded, and room is made by those that end") {
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) {
    server->read_request(peer);
    peer.send(answer(usage_body));
  });
  server = &upstream;
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.connections = 1;
  BrokerServer broker(std::move(plan));
  {
    Peer first = broker.connect();
    CHECK(broker.connect().rest().empty());  // closed without a word, though it asked for nothing yet
    first.send(request("{}", last));
    CHECK(first.rest().ends_with(usage_body));
  }
  CHECK(broker.ask(request("{}", last)).ends_with(usage_body));
}

TEST_CASE("an upstream that answers before it has read all is heard, and the rest of the body is no request") {
  // A body that holds a request of its own: if the connection went on after the early answer, it would be read as one.
  UpstreamServer upstream([&](Peer& peer) {
    peer.until("\r\n\r\n");
    peer.send("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig");
  });
  BrokerServer broker(plan_for(upstream.url()));
  std::string body;
  while (body.size() < 4'000'000) body += request("{}", last);
  const std::string response = broker.ask(request(body, last));
  // The kernel may throw the answer away when the upstream resets; then it is our own error. Never a second answer.
  CHECK((response.starts_with("HTTP/1.1 413 ") || response.starts_with("HTTP/1.1 502 ")));
  CHECK(response.find("HTTP/1.1", 8) == std::string::npos);
}

}  // namespace agentbox::calls_test
