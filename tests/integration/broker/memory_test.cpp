// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/broker_plans.hpp"
#include "support/broker_server.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <fstream>
#include <string>

namespace agentbox::memory_test {

using namespace agentbox::test;

namespace {

constexpr std::size_t piece_size = 1 << 20;
constexpr int pieces = 64;

/// In kibibytes: "VmRSS", "VmHWM".
long memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  FAIL("no " << name);
  return 0;
}

/// How far memory rises above what it is now while action runs.
template <class Action>
long growth(Action action) {
  std::ofstream("/proc/self/clear_refs") << "5";  // resets VmHWM
  const long before = memory("VmRSS");
  action();
  return memory("VmHWM") - before;
}

/// Under AddressSanitizer what was freed is kept for a while, so memory says nothing about buffers.
void check_growth([[maybe_unused]] long kibibytes) {
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(kibibytes < 16 * 1024);
#endif
}

BrokerPlan plan_for(const std::string& upstream) {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", upstream));
  return plan;
}

std::size_t count_rest(Peer& peer) {
  std::size_t count = 0;
  for (std::string more = peer.receive(); !more.empty(); more = peer.receive()) count += more.size();
  return count;
}

}  // namespace

TEST_CASE("a huge response passes through a few buffers") {
  const std::string piece(piece_size, 's');  // the key's first letter, so that the masker has work
  UpstreamServer upstream([&](Peer& peer) {
    peer.until("\r\n\r\n{}");
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(piece_size * pieces) + "\r\n\r\n");
    for (int i = 0; i < pieces; ++i) peer.send(piece);
  });
  BrokerServer broker(plan_for(upstream.url()));
  std::size_t received = 0;
  const long kibibytes = growth([&] {
    Peer guest = broker.connect();
    guest.send("POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx-api-key: " + placeholder +
               "\r\ncontent-length: 2\r\n\r\n{}");
    guest.until("\r\n\r\n");
    received = count_rest(guest);
  });
  CHECK(received + 16 * 1024 >= piece_size * pieces);  // until() keeps a little
  check_growth(kibibytes);
}

TEST_CASE("a huge request passes through a few buffers") {
  const std::string piece(piece_size, 'x');
  std::size_t received = 0;
  UpstreamServer upstream([&](Peer& peer) {
    peer.until("\r\n\r\n");
    while (received < piece_size * (pieces - 1)) {
      const std::string more = peer.receive();
      if (more.empty()) return;
      received += more.size();
    }
    peer.exactly(piece_size);
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  });
  BrokerServer broker(plan_for(upstream.url()));
  std::string response;
  const long kibibytes = growth([&] {
    Peer guest = broker.connect();
    guest.send("POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx-api-key: " + placeholder +
               "\r\ncontent-length: " + std::to_string(piece_size * (pieces + 1)) + "\r\n\r\n");
    for (int i = 0; i < pieces + 1; ++i) guest.send(piece);
    response = guest.rest();
  });
  CHECK(response.ends_with("ok"));
  check_growth(kibibytes);
}

TEST_CASE("a guest that does not read stops the upstream instead of filling memory") {
  const std::string piece(piece_size, 'x');
  std::atomic<int> sent = 0;
  UpstreamServer upstream([&](Peer& peer) {
    peer.until("\r\n\r\n{}");
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (sent < 10 * pieces && peer.send(piece)) ++sent;
  });
  BrokerServer broker(plan_for(upstream.url()));
  {
    Peer guest = broker.connect();
    guest.send("POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: " + placeholder +
               "\r\ncontent-length: 2\r\n\r\n{}");
    CHECK(guest.until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
    // Nothing more is read. The kernel's buffers fill up; then the upstream's writes wait. Half a second without
    // progress there is what "waits" means.
    for (int before = -1; before != sent;) {
      before = sent;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    CHECK(sent < 10 * pieces);
  }
}

TEST_CASE("what a slow guest gets is whole, and waits in a few buffers meanwhile") {
  std::string piece;
  for (std::size_t number = 0; piece.size() < piece_size; ++number) piece += std::to_string(number) + "\n";
  constexpr int few = pieces / 4;
  UpstreamServer upstream([&](Peer& peer) {
    peer.until("\r\n\r\n{}");
    peer.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(piece.size() * few) + "\r\n\r\n");
    for (int i = 0; i < few; ++i) peer.send(piece);
  });
  BrokerServer broker(plan_for(upstream.url()));
  const long kibibytes = growth([&] {
    Peer guest = broker.connect();
    guest.send("POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx-api-key: " + placeholder +
               "\r\ncontent-length: 2\r\n\r\n{}");
    guest.until("\r\n\r\n");
    for (int i = 0; i < few; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // how slow does not matter
      CHECK((guest.exactly(piece.size()) == piece));
    }
  });
  check_growth(kibibytes);
}

TEST_CASE("a request that is larger than allowed is refused without being passed on") {
  UpstreamServer upstream([](Peer& peer) { peer.rest(); });
  BrokerPlan plan = plan_for(upstream.url());
  plan.limits.request_body = 1000;
  BrokerServer broker(std::move(plan));
  const std::string head = "POST /anthropic/v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: " + placeholder + "\r\n";
  CHECK(broker.ask(head + "connection: close\r\ncontent-length: 1001\r\n\r\n" + std::string(1001, 'x'))
            .starts_with("HTTP/1.1 413 "));
  CHECK(broker.ask(head + "transfer-encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n")
            .starts_with("HTTP/1.1 413 "));
}

}  // namespace agentbox::memory_test
