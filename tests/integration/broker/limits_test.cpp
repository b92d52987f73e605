// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What happens at those bounds of docs/broker.md that the other files do not come to. Times are made short for it.
#include "support/broker_plans.hpp"
#include "support/broker_server.hpp"
#include "support/catch.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace agentbox::limits_test {

using namespace agentbox::test;

namespace {

constexpr std::chrono::milliseconds shortly{100};

BrokerPlan plan_for(const std::string& upstream) {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", upstream));
  plan.prices = shipped_catalog().prices();
  return plan;
}

std::string head_of(const std::string& target, const std::string& headers) {
  return "POST " + target + " HTTP/1.1\r\nhost: h\r\nx-api-key: " + placeholder + "\r\n" + headers + "\r\n";
}
const std::string call = head_of("/anthropic/v1/messages", "content-length: 2\r\n") + "{}";

void answer_each(UpstreamServer* server, Peer& peer) {
  while (!server->read_request(peer).empty()) peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
}

}  // namespace

TEST_CASE("limits: a request's head with too many bytes or headers is 431") {
  UpstreamServer upstream([](Peer& peer) { peer.rest(); });
  const BrokerServer broker(plan_for(upstream.url()));
  CHECK(broker.ask(head_of("/anthropic/v1/messages", "x: " + std::string(40'000, 'x') + "\r\n"))
            .starts_with("HTTP/1.1 431 "));
  std::string headers;
  for (int i = 0; i < 101; ++i) headers += "x: y\r\n";
  CHECK(broker.ask(head_of("/anthropic/v1/messages", headers)).starts_with("HTTP/1.1 431 "));
  CHECK(upstream.connections() == 0);
}

TEST_CASE("limits: an answer's head that is too long is 502") {
  UpstreamServer upstream([](Peer& peer) {
    peer.until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nx: " + std::string(40'000, 'x') + "\r\n\r\n");
  });
  const BrokerServer broker(plan_for(upstream.url()));
  Peer guest = broker.connect();
  guest.send(call);
  const std::string answer = guest.until("\r\n\r\n");
  CAPTURE(answer);
  CHECK(answer.starts_with("HTTP/1.1 502 "));
}

TEST_CASE("limits: a connection that is kept and not used is closed") {
  UpstreamServer* server = nullptr;
  UpstreamServer upstream([&](Peer& peer) { answer_each(server, peer); });
  server = &upstream;
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.keep_alive = shortly;
  const BrokerServer broker(std::move(plan));
  Peer guest = broker.connect();
  guest.send(call);
  CHECK(guest.rest().ends_with("ok"));  // and the end of the stream
}

TEST_CASE("limits: an upstream that does not take the connection is 504") {
  // A queue that is full: the kernel answers no SYN.
  UniqueFd deaf(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  REQUIRE(::bind(deaf.get(), reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(::listen(deaf.get(), 0) == 0);
  REQUIRE(::getsockname(deaf.get(), reinterpret_cast<sockaddr*>(&where), &size) == 0);
  std::vector<UniqueFd> fillers;
  pollfd connected{-1, POLLOUT, 0};
  do {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(fillers.back().get(), reinterpret_cast<const sockaddr*>(&where), size);
    connected.fd = fillers.back().get();
  } while (::poll(&connected, 1, 300) == 1);

  BrokerPlan plan = plan_for("http://127.0.0.1:" + std::to_string(ntohs(where.sin_port)));
  plan.limits.connect_time = shortly;
  const BrokerServer broker(std::move(plan));
  Peer guest = broker.connect();
  guest.send(call);
  CHECK(guest.until("\r\n\r\n").starts_with("HTTP/1.1 504 "));
}

TEST_CASE("limits: a guest that stops in the middle of a request is closed") {
  UpstreamServer upstream([](Peer& peer) { peer.rest(); });
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.transfer_idle = shortly;
  const BrokerServer broker(std::move(plan));
  Peer guest = broker.connect();
  guest.send(head_of("/anthropic/v1/messages", "content-length: 10\r\n") + "half");
  CHECK(guest.rest().find("HTTP/1.1 200") == std::string::npos);
}

TEST_CASE("limits: a guest that does not take its answer is closed before the answer's end") {
  constexpr std::size_t length = 64'000'000;
  UpstreamServer upstream([](Peer& peer) {
    peer.until("\r\n\r\n{}");
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(length) + "\r\n\r\n");
    const std::string piece(1'000'000, 'x');
    for (std::size_t sent = 0; sent < length && peer.send(piece); sent += piece.size()) {
    }
  });
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.answer_idle = shortly;
  BrokerServer broker(std::move(plan));
  Peer guest = broker.connect();
  guest.send(call);
  // The call ends although this side is open: the broker has told.
  for (int i = 0; i < 1000 && broker.events().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(broker.events().size() == 1);
  CHECK(guest.rest().size() < length);
}

TEST_CASE("limits: of a refused body so much is dropped, then the connection is closed") {
  UpstreamServer upstream([](Peer& peer) { peer.rest(); });
  const BrokerServer broker(plan_for(upstream.url()));
  Peer guest = broker.connect();
  guest.send(head_of("/anthropic/v1/files", "content-length: 100000000\r\n"));
  const std::string piece(1'000'000, 'x');
  std::size_t taken = 0;
  while (taken < 100 && guest.send(piece)) ++taken;
  CHECK(taken < 100);
  CHECK(upstream.connections() == 0);
}

}  // namespace agentbox::limits_test
