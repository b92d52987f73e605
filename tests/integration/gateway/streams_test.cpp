// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/tls/client_hello.hpp"
#include "support/gateway_fixture.hpp"

#include <netinet/tcp.h>

namespace agentbox::streams_test {

using namespace agentbox::test;

TEST_CASE("DNS answers from the policy, and from the address that was asked") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  CHECK(gateway.resolve("allowed.test") == "127.64.0.1");
  CHECK(gateway.resolve("ALLOWED.test") == "127.64.0.1");
  CHECK(gateway.resolve("rebind.test") == "127.64.0.2");
  CHECK(gateway.resolve("evil.test") == "code 3");
  CHECK(gateway.resolve("allowed.test.evil.test") == "code 3");
}

TEST_CASE("TLS to an allowed name reaches its server, byte for byte") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(client_hello("allowed.test") + "more");
  CHECK(guest.read_until("more") == client_hello("allowed.test") + "more");
  guest.finish();
  CHECK(guest.read_all() == "<end>");
}

// The guest resolves an allowed name and then names another server inside: the way round every filter by address.
TEST_CASE("TLS that names another server than the address stands for gets an alert") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(client_hello("other.test"));
  CHECK(guest.read_all() == access_denied_alert() + "<end>");
  CHECK(server.connections() == 0);
}

TEST_CASE("a number that the guest chose is never dialled: the name inside decides") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const Peer allowed = Peer::connect("127.70.0.1", server.port());
  allowed.send(client_hello("allowed.test"));
  CHECK(allowed.read_until(client_hello("allowed.test")) == client_hello("allowed.test"));
  const Peer refused = Peer::connect("127.70.0.1", server.port());
  refused.send(client_hello("evil.test"));
  CHECK(refused.read_all() == access_denied_alert() + "<end>");
  const Peer nameless = Peer::connect("127.70.0.1", server.port());
  nameless.send("SSH-2.0-guest\r\n");
  CHECK(nameless.read_all() == "<reset>");
  CHECK(server.connections() == 1);
}

// DNS rebinding: the name is allowed, its owner points it to an address of this machine.
TEST_CASE("an allowed name that leads to a local address is not dialled") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect((static_cast<void>(gateway.resolve("allowed.test")), gateway.resolve("rebind.test")),
                                   server.port());
  guest.send(client_hello("rebind.test"));
  CHECK(guest.read_all() == access_denied_alert() + "<end>");
  CHECK(gateway.log().find("loopback address") != std::string::npos);
}

TEST_CASE("a server that speaks first is heard, by name and port") {
  const FarServer server([](const Peer& peer) {
    peer.send("220 hello\r\n");
    peer.send(peer.read_until("\n"));
  });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  CHECK(guest.read_until("\n") == "220 hello\r\n");
  guest.send("EHLO me\r\n");
  CHECK(guest.read_until("\n") == "EHLO me\r\n");
}

// Waiting out our patience, so that the connection counts as "server speaks first", and then naming another server.
TEST_CASE("a guest that hides its TLS behind silence is cut off") {
  const FarServer server([](const Peer& peer) { CHECK(peer.read_all().find("other") == std::string::npos); });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  while (server.connections() == 0) {  // nothing else tells when the patience is over
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  guest.send(client_hello("other.test"));
  CHECK(guest.read_all() == "<reset>");
}

// The same in small pieces: only the first of them used to be looked at.
TEST_CASE("a guest that hides its TLS or HTTP behind silence and a split is cut off") {
  std::mutex guard;
  std::string heard;
  {
    const FarServer server([&](const Peer& peer) {
      peer.send("220 hello\r\n");
      const std::string all = peer.read_all();
      const std::lock_guard lock(guard);
      heard += all;
    });
    const Gateway gateway(setup_for(server));
    const std::string address = gateway.resolve("allowed.test");
    for (const std::string& hidden : {client_hello("other.test"), std::string("GET / HTTP/1.1\r\nHost: other.test\r\n"),
                                      "\x15\3\1" + client_hello("other.test")}) {
      const Peer guest = Peer::connect(address, server.port());
      CHECK(guest.read_until("\n") == "220 hello\r\n");
      const int on = 1;
      ::setsockopt(guest.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      guest.send(hidden.substr(0, 1));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that it arrives as a piece of its own
      guest.send(hidden.substr(1));
      CHECK(guest.read_all() == "<reset>");
    }
  }
  CHECK(heard.find("other") == std::string::npos);
}

// Bytes that a web server skips or forgives before it reads the name that decides.
TEST_CASE("odd first bytes do not carry an unseen name through") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const std::string address = gateway.resolve("allowed.test");
  for (const std::string& odd : {std::string("\r\nGET / HTTP/1.1\r\n"), std::string("g2 / HTTP/1.1\r\n"),
                                 "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n", std::string("\x15\3\1")}) {
    const Peer guest = Peer::connect(address, server.port());
    guest.send(odd + "Host: other.test\r\n\r\n" + std::string(40'000, 'x'));
    const std::string answer = guest.read_all();
    INFO(answer.substr(0, 100));
    CHECK((answer.starts_with("HTTP/1.1 4") || answer.starts_with(access_denied_alert())));
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("a synthetic address that was never given out leads nowhere") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect("127.64.0.2", server.port());
  CHECK(guest.read_all() == "<reset>");
}

TEST_CASE("mode offline refuses names and connections alike") {
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.mode = NetworkMode::offline;
  const Gateway gateway(setup);
  CHECK(gateway.resolve("allowed.test") == "code 3");
  const Peer guest = Peer::connect("127.70.0.1", server.port());
  guest.send(client_hello("allowed.test"));
  CHECK(guest.read_all() == access_denied_alert() + "<end>");
  CHECK(server.connections() == 0);
}

TEST_CASE("mode open keeps to the internet: this machine's services are not part of it") {
  const FarServer server(echo);
  GatewaySetup setup = setup_for(server);
  setup.mode = NetworkMode::open;
  setup.lan.clear();
  const Gateway gateway(setup);
  const Peer by_name = Peer::connect(gateway.resolve("other.test"), server.port());
  by_name.send(client_hello("other.test"));
  CHECK(by_name.read_all() == access_denied_alert() + "<end>");
  const Peer by_number = Peer::connect("127.70.0.1", server.port());
  by_number.send("hello\r\n");
  CHECK(by_number.read_all() == "<reset>");
  CHECK(server.connections() == 0);
}

TEST_CASE("what the host's proxy is asked for is the name, and only allowed ones") {
  const FarServer proxy([](const Peer& peer) {
    const std::string head = peer.read_until("\r\n\r\n");
    CHECK(head.starts_with("CONNECT allowed.test:"));
    CHECK(head.find("Proxy-Authorization: Basic dTpw\r\n") != std::string::npos);
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    echo(peer);
  });
  const FarServer nobody(echo);
  GatewaySetup setup = setup_for(nobody);
  setup.proxy = upstream_proxy("http://u:p@127.9.9.9:" + std::to_string(proxy.port()), "other.test,.local.test");
  setup.hosts = "";
  const Gateway gateway(setup);
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), nobody.port());
  guest.send(client_hello("allowed.test"));
  CHECK(guest.read_until(client_hello("allowed.test")) == client_hello("allowed.test"));
  CHECK(nobody.connections() == 0);
}

// A stub resolver in the host's place: what the guest asks for, allowed or not, must never arrive there.
TEST_CASE("no question of the guest leaves the host") {
  if (::getuid() != 0) {
    skip("only root can listen on port 53");
  }
  const FarServer server(echo);
  const UniqueFd stub = bound_socket(SOCK_DGRAM, "127.9.9.53", 53);
  GatewaySetup setup = setup_for(server);
  setup.allow.push_back("*.wild.test");
  setup.nsswitch = "hosts: files dns\n";
  setup.resolv_conf = "nameserver 127.9.9.53\nsearch corp.test\noptions timeout:1 attempts:1\n";
  const Gateway gateway(setup);
  CHECK(gateway.resolve("c2VjcmV0.evil.test") == "code 3");
  CHECK(gateway.resolve("c2VjcmV0.wild.test") == "127.64.0.1");
  pollfd readable{stub.get(), POLLIN, 0};
  CHECK(::poll(&readable, 1, 0) == 0);
  // The stub is in place and would have heard it: a connection to an allowed name is resolved there, without search
  // domain.
  const Peer guest = Peer::connect("127.64.0.1", server.port());
  guest.send(client_hello("c2VjcmV0.wild.test"));
  const Peer again = Peer::connect("127.70.0.1", server.port());
  again.send("GET / HTTP/1.1\r\nHost: x.wild.test\r\n\r\n");
  REQUIRE(guest.read_all() == access_denied_alert() + "<end>");  // port not in the rule
  CHECK(again.read_all().starts_with("HTTP/1.1 403"));
  CHECK(::poll(&readable, 1, 0) == 0);
  gateway.command({{"command", "allow"}, {"rule", "*.wild.test:" + std::to_string(server.port())}});
  const Peer resolved = Peer::connect("127.64.0.1", server.port());
  resolved.send(client_hello("c2VjcmV0.wild.test"));
  REQUIRE(::poll(&readable, 1, 10'000) == 1);
  char question[512];
  const ssize_t size = ::recv(stub.get(), question, sizeof question, 0);
  CHECK(std::string(question, static_cast<std::size_t>(size)).find("\4wild\4test\0") != std::string::npos);
  CHECK(std::string(question, static_cast<std::size_t>(size)).find("corp") == std::string::npos);
}

}  // namespace agentbox::streams_test
