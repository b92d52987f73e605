// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What happens at each limit of docs/gateway.md. Times are made short for it; nothing here asserts how long a thing took.
#include "gateway/tls/client_hello.hpp"
#include "support/gateway_fixture.hpp"
#include "sys/unix_socket.hpp"

#include <fmt/format.h>

namespace agentbox::limits_test {

using namespace agentbox::test;

namespace {

constexpr auto shortly = std::chrono::milliseconds(150);

const std::string request = "GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n";

GatewaySetup with(GatewaySetup setup, std::chrono::milliseconds GatewayLimits::* time) {
  setup.limits.*time = shortly;
  return setup;
}

void answer_each(const Peer& peer) {
  while (peer.read_until("\r\n\r\n").ends_with("\r\n\r\n")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/// Goes on for as long as the peer answers.
bool ends_while_busy(const Peer& peer) {
  for (int i = 0; i < 100'000; ++i) {
    peer.send("x");
    if (peer.read_until("x") != "x") return true;
  }
  return false;
}

bool is_closed(const std::string& answer) { return answer.ends_with("<end>") || answer.ends_with("<reset>"); }

/// A port whose server does not even take the connection: its queue is full, so the kernel answers no SYN.
class DeafServer {
 public:
  explicit DeafServer(const std::string& address) : listener_(bound_socket(SOCK_STREAM, address, 0)) {
    ::listen(listener_.get(), 0);
    do {
      fillers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      const sockaddr_in where = socket_address(address == "0.0.0.0" ? kFarAddress : address, port());
      ::connect(fillers_.back().get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
    } while (is_connected(fillers_.back().get()));
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(listener_.get()); }

 private:
  static bool is_connected(int fd) {
    pollfd writable{fd, POLLOUT, 0};
    return ::poll(&writable, 1, 300) == 1;
  }
  UniqueFd listener_;
  std::vector<UniqueFd> fillers_;
};

}  // namespace

TEST_CASE("limits: a request's head that is too long is 431, an answer's is 502") {
  const FarServer server([](const Peer& peer) {
    static_cast<void>(peer.read_until("\r\n\r\n"));
    peer.send("HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
    static_cast<void>(peer.read_all());
  });
  const Gateway gateway(setup_for(server));
  const std::string address = gateway.resolve("allowed.test");
  const Peer guest = Peer::connect(address, server.port());
  guest.send("GET / HTTP/1.1\r\nHost: allowed.test\r\nX: " + std::string(40'000, 'x'));
  CHECK(guest.read_all().starts_with("HTTP/1.1 431 "));
  CHECK(server.connections() == 0);
  const Peer other = Peer::connect(address, server.port());
  other.send(request);
  CHECK(other.read_all().starts_with("HTTP/1.1 502 "));
}

TEST_CASE("limits: a guest that does not say what it speaks is closed, however slowly it goes on") {
  const FarServer server(echo);
  const Gateway gateway(with(setup_for(server), &GatewayLimits::first_bytes));
  const std::string address = gateway.resolve("allowed.test");
  const Peer half = Peer::connect(address, server.port());
  half.send(client_hello("allowed.test").substr(0, 20));
  CHECK(is_closed(half.read_all()));
  const Peer slow = Peer::connect(address, server.port());
  slow.send("G");
  pollfd ended{slow.fd(), POLLIN, 0};
  int letters = 0;
  while (::poll(&ended, 1, 20) == 0 && ++letters < 1000) slow.send("E");
  CHECK(letters < 1000);
  CHECK(server.connections() == 0);
}

// The silence's time and the head's were the same, the silence's came first, and closed without an answer.
TEST_CASE("limits: a head that takes too long is 408, directly and by the proxy") {
  const FarServer server(answer_each);
  const Gateway gateway(with(setup_for(server), &GatewayLimits::http_head_time));
  const Peer direct = Peer::connect(gateway.resolve("allowed.test"), server.port());
  direct.send("GET / HTTP/1.1\r\nHost: allow");
  CHECK(direct.read_all().starts_with("HTTP/1.1 408 "));
  const Peer proxied = Peer::connect(kGatewayAddress, gateway.proxy_port());
  proxied.send("CONNECT allow");
  CHECK(proxied.read_all().starts_with("HTTP/1.1 408 "));
  CHECK(server.connections() == 0);
}

TEST_CASE("limits: a connection that is kept and not used is closed") {
  const FarServer server(answer_each);
  const Gateway gateway(with(setup_for(server), &GatewayLimits::keep_alive));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(request);
  CHECK(guest.read_until("\r\n\r\nok").starts_with("HTTP/1.1 200 "));
  CHECK(guest.read_all() == "<end>");
}

TEST_CASE("limits: a server that does not answer a dial is 502 for HTTP, and a reset for others") {
  const DeafServer server(kFarAddress);
  const std::string port = std::to_string(server.port());
  const Gateway gateway(with({.allow = {"allowed.test:" + port}, .lan = {kFarAddress + (":" + port)}, .port = server.port()},
                             &GatewayLimits::dial));
  const std::string address = gateway.resolve("allowed.test");
  const Peer web = Peer::connect(address, server.port());
  web.send(request);
  const std::string answer = web.read_all();
  CHECK(answer.starts_with("HTTP/1.1 502 "));
  CHECK(answer.find("cannot be reached in time") != std::string::npos);
  const Peer tls = Peer::connect(address, server.port());
  tls.send(client_hello("allowed.test"));
  CHECK(tls.read_all() == "<reset>");
}

// The time was divided by four at most, and each address had its part: eight of them took twice the limit.
TEST_CASE("limits: the time of a dial is for all addresses of a name") {
  const DeafServer deaf("0.0.0.0");
  const std::string port = std::to_string(deaf.port());
  GatewaySetup setup{.allow = {"allowed.test:" + port}, .hosts = "", .port = 0};
  for (int i = 9; i < 17; ++i) {
    const std::string address = "127.9.9." + std::to_string(i);
    setup.hosts += address + " allowed.test\n";
    setup.lan.push_back(address + ":" + port);
  }
  setup.limits.dial = std::chrono::milliseconds(400);
  const Gateway gateway(setup);
  const Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
  guest.send("GET http://allowed.test:" + port + "/ HTTP/1.1\r\nHost: allowed.test:" + port + "\r\n\r\n");
  CHECK(guest.read_all().starts_with("HTTP/1.1 502 "));
  // The one that was dialled last.
  CHECK(gateway.log().find("\"failed\"") != std::string::npos);
  CHECK(gateway.log().find("127.9.9.16") == std::string::npos);
}

TEST_CASE("limits: a connection on which nothing moves is closed") {
  const FarServer server(echo);
  const Gateway gateway(with(setup_for(server), &GatewayLimits::idle));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(client_hello("allowed.test"));
  CHECK(is_closed(guest.read_all()));
  CHECK(server.connections() == 1);
}

TEST_CASE("limits: a connection ends after its total time, busy or not") {
  const FarServer server(echo);
  const Gateway gateway(with(setup_for(server), &GatewayLimits::total));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(client_hello("allowed.test"));
  static_cast<void>(guest.read_until(client_hello("allowed.test")));
  CHECK(ends_while_busy(guest));
}

TEST_CASE("limits: a guest that does not read stops the server instead of filling memory") {
  constexpr int pieces = 4000;
  std::atomic<int> sent = 0;
  const std::string piece(65'536, 'x');
  {
    const FarServer server([&](const Peer& peer) {
      peer.send("hello");
      while (sent < pieces && ::send(peer.fd(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) ++sent;
    });
    const Gateway gateway(setup_for(server));
    const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
    CHECK(guest.read_until("hello").starts_with("hello"));
    // Half a second without progress is what "stopped" means.
    for (int before = -1; before != sent;) {
      before = sent;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    CHECK(sent < pieces);
  }
}

TEST_CASE("limits: in a crowd a server's connection has small buffers in the kernel") {
  if (find_program("ss").empty()) skip("ss (iproute2) is not installed");
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.limits.connections_at_full_speed = 1;
  setup.limits.crowded_buffer = 16384;
  const Gateway gateway(setup);
  const std::string address = gateway.resolve("allowed.test");
  std::vector<std::string> tables;
  std::vector<Peer> guests;
  for (int i = 0; i < 2; ++i) {
    guests.push_back(Peer::connect(address, server.port()));
    guests.back().send(client_hello("allowed.test"));
    static_cast<void>(guests.back().read_until(client_hello("allowed.test")));
    tables.push_back(run_and_capture({.argv = {"ss", "-Htnm", "dst", fmt::format("{}:{}", kFarAddress, server.port())}},
                                     std::chrono::seconds(10)).output);
  }
  // The kernel doubles what it is asked for (socket(7)).
  CHECK(tables[0].find("rb32768,") == std::string::npos);
  CHECK(tables[1].find("rb32768,") != std::string::npos);
  CHECK(tables[1].find("tb32768,") != std::string::npos);
}

TEST_CASE("limits: a DNS message over TCP that is too long ends the connection, a usual one is answered") {
  {
    const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in where = socket_address("127.64.0.1", 53);
    if (::bind(probe.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) skip("port 53 is not ours to bind");
  }
  const Gateway gateway({.allow = {"allowed.test"}, .addresses = {"127.64.0.1"}, .port = 53});
  const Peer guest = Peer::connect("127.64.0.1", 53);
  const std::string question = dns_question("allowed.test");
  guest.send(std::string(1, '\0') + static_cast<char>(question.size()) + question);
  CHECK(guest.read_until("allowed").substr(2, 2) == question.substr(0, 2));
  guest.send("\x10\x01" + std::string(100, 'x'));
  CHECK(is_closed(guest.read_all()));
}

TEST_CASE("limits: the summary names so many refused destinations, and counts the others") {
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.limits.listed_refusals = 2;
  Gateway gateway(setup);
  for (const char* name : {"a.test", "b.test", "c.test", "a.test"}) CHECK(gateway.resolve(name) == "code 3");
  const EgressSummary summary = gateway.process().status();
  CHECK(summary.refused == 4);
  REQUIRE(summary.refusals.size() == 2);
  CHECK(summary.refusals[0].to == "a.test");
  CHECK(summary.refusals[0].count == 2);
  CHECK(summary.refusals[1].to == "b.test");
}

TEST_CASE("limits: one control connection too many is closed, and one with an endless line") {
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.limits.control_connections = 2;
  setup.limits.control_line = 1000;
  const Gateway gateway(setup);
  const auto connect = [&] { return Peer(connect_unix(gateway.socket())); };
  const Peer first = connect();
  first.send("{\"command\":\"status\"}\n");
  CHECK(first.read_until("\n").starts_with("{\"ok\":true"));
  {
    const Peer second = connect();
    CHECK(is_closed(connect().read_all()));
    second.send(std::string(8000, ' '));
    CHECK(is_closed(second.read_all()));
  }
  const Peer next = connect();  // its place is free again
  next.send("{\"command\":\"status\"}\n");
  CHECK(next.read_until("\n").starts_with("{\"ok\":true"));
}

}  // namespace agentbox::limits_test
