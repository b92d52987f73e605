// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/tls/client_hello.hpp"
#include "support/gateway_fixture.hpp"

namespace agentbox::http_test {

using namespace agentbox::test;

namespace {

std::string get(const std::string& path, const std::string& host, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n";
}

/// Answers each request with the head it got as the body.
void mirror(const Peer& peer) {
  while (true) {
    const std::string head = peer.read_until("\r\n\r\n");
    if (!head.ends_with("\r\n\r\n")) return;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(head.size()) + "\r\n\r\n" + head);
  }
}

GatewaySetup with_paths(const FarServer& server) { return setup_for(server); }

}  // namespace

TEST_CASE("plain HTTP goes where Host says, request by request on one connection") {
  const FarServer server(mirror);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(get("/1", "allowed.test"));
  CHECK(guest.read_until("\r\n\r\nGET /1 HTTP/1.1\r\nHost: allowed.test\r\n\r\n").find("<") == std::string::npos);
  guest.send(get("/2", "allowed.test"));
  CHECK(guest.read_until("GET /2 HTTP/1.1\r\nHost: allowed.test\r\n\r\n").find("<") == std::string::npos);
  CHECK(server.connections() == 1);
}

TEST_CASE("a refused host gets an answer that an agent can act on") {
  const FarServer server(mirror);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect("127.70.0.1", server.port());
  guest.send(get("/", "evil.test"));
  const std::string answer = guest.read_all();
  CHECK(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(answer.find("\"type\":\"egress_refused\"") != std::string::npos);
  CHECK(answer.find("agentbox policy allow s1 evil.test:" + std::to_string(server.port())) != std::string::npos);
  CHECK(server.connections() == 0);
}

TEST_CASE("Host must agree with the address, and with the request line") {
  const FarServer server(mirror);
  const Gateway gateway(setup_for(server));
  const std::string address = gateway.resolve("allowed.test");
  for (const auto& request :
       {get("/", "other.test"), get("http://other.test/", "allowed.test"), get("/", "allowed.test:1"),
        get("/", "127.9.9.9"), get("http://allowed.test/", "other.test"),
        get("https://allowed.test/", "allowed.test")}) {
    INFO(request);
    const Peer guest = Peer::connect(address, server.port());
    guest.send(request);
    CHECK(guest.read_all().starts_with("HTTP/1.1 400 "));
  }
  CHECK(server.connections() == 0);
}

// The second request of a connection is judged like the first: here the rule is taken back between the two.
TEST_CASE("each request on a kept connection is judged again") {
  const FarServer server(mirror);
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(get("/1", "allowed.test"));
  static_cast<void>(guest.read_until("GET /1 HTTP/1.1\r\nHost: allowed.test\r\n\r\n"));
  gateway.command({{"command", "deny"}, {"rule", "allowed.test"}});
  guest.send(get("/2", "allowed.test"));
  CHECK(guest.read_all().starts_with("HTTP/1.1 403 "));
}

TEST_CASE("methods and paths of a rule hold on every request") {
  const FarServer server(mirror);
  const Gateway gateway(with_paths(server));
  nlohmann::json rules{{"mode", "allowlist"},
                       {"deny", nlohmann::json::array()},
                       {"lan", {std::string(kFarAddress) + ":" + std::to_string(server.port())}}};
  rules["allow"] = {
      {{"host", "allowed.test"}, {"ports", {server.port()}}, {"methods", {"GET"}}, {"paths", {"/v1"}}, {"origin", ""}}};
  gateway.command({{"command", "reload"}, {"rules", rules}});
  const std::string address = gateway.resolve("allowed.test");
  const Peer guest = Peer::connect(address, server.port());
  guest.send(get("/v1/a", "allowed.test"));
  CHECK(guest.read_until("GET /v1/a").starts_with("HTTP/1.1 200 "));
  guest.send(get("/v1/../admin", "allowed.test"));
  CHECK(guest.read_all().find("HTTP/1.1 403 ") != std::string::npos);
  const Peer upgrade = Peer::connect(address, server.port());
  upgrade.send(get("/v1/ws", "allowed.test", "Upgrade: websocket\r\nConnection: Upgrade\r\n"));
  CHECK(upgrade.read_all().starts_with("HTTP/1.1 403 "));
  CHECK(server.connections() == 1);
}

TEST_CASE("smuggled requests reach nobody") {
  const FarServer server(mirror);
  const Gateway gateway(setup_for(server));
  const std::string address = gateway.resolve("allowed.test");
  for (const char* headers :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
        "X: a\r\n folded\r\n", "X: a\nY: b\r\n", "Transfer-Encoding: gzip, chunked\r\n"}) {
    INFO(headers);
    const Peer guest = Peer::connect(address, server.port());
    guest.send(get("/", "allowed.test", headers) + "0\r\n\r\n" + get("/smuggled", "allowed.test"));
    CHECK(guest.read_all().starts_with("HTTP/1.1 400 "));
  }
  const Peer huge = Peer::connect(address, server.port());
  huge.send(get("/", "allowed.test", "X: " + std::string(40'000, 'a') + "\r\n"));
  CHECK(huge.read_all().find("HTTP/1.1 431 ") == 0);
  CHECK(server.connections() == 0);
}

TEST_CASE("a chunked body goes up unchanged, and what follows it is the next request") {
  const std::string body = "5\r\nhello\r\n0\r\n\r\n";
  const FarServer server([&](const Peer& peer) {
    const std::string text = peer.read_until(body);
    CHECK(text.ends_with("\r\n\r\n" + body));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    CHECK(peer.read_until("\r\n\r\n").starts_with("GET /2 "));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send("POST /1 HTTP/1.1\r\nHost: allowed.test\r\nTransfer-Encoding: chunked\r\n\r\n" + body +
             get("/2", "allowed.test"));
  const std::string answers = guest.read_until("two");  // may come in one piece
  CHECK(answers.find("\r\n\r\none") != std::string::npos);
  CHECK(answers.ends_with("\r\n\r\ntwo"));
}

TEST_CASE("an answer streams: its first bytes arrive while the server holds back the rest") {
  std::atomic<bool> first_seen = false;
  const FarServer server([&](const Peer& peer) {
    static_cast<void>(peer.read_until("\r\n\r\n"));
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    while (!first_seen) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    peer.send("4\r\nlast\r\n0\r\n\r\n");
  });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(get("/", "allowed.test"));
  CHECK(guest.read_until("first\r\n").ends_with("first\r\n"));
  first_seen = true;
  CHECK(guest.read_until("0\r\n\r\n").ends_with("last\r\n0\r\n\r\n"));
}

TEST_CASE("an interim answer lets the body come") {
  const FarServer server([](const Peer& peer) {
    static_cast<void>(peer.read_until("\r\n\r\n"));
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(peer.read_until("hello") == "hello");
    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send("PUT / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(guest.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  guest.send("hello");
  CHECK(guest.read_until("\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("a server that switches protocols when it is asked is heard and answered from then on") {
  const FarServer server([](const Peer& peer) {
    CHECK(peer.read_until("\r\n\r\n").find("Upgrade: websocket\r\n") != std::string::npos);
    peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst");
    peer.send(peer.read_until("frame"));
  });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(get("/ws", "allowed.test", "Upgrade: websocket\r\nConnection: Upgrade\r\n"));
  CHECK(guest.read_until("first").starts_with("HTTP/1.1 101 "));
  guest.send("\x81\x05 a frame");
  CHECK(guest.read_until("frame") == "\x81\x05 a frame");
}

// Only a request that asks for it is judged for a connection whose inside cannot be seen.
TEST_CASE("a server that switches protocols unasked is a failed one") {
  const FarServer server([](const Peer& peer) {
    static_cast<void>(peer.read_until("\r\n\r\n"));
    peer.send("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    static_cast<void>(peer.read_all());
  });
  const Gateway gateway(setup_for(server));
  const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
  guest.send(get("/", "allowed.test"));
  guest.finish();
  CHECK(guest.read_all().starts_with("HTTP/1.1 502 "));
}

// The gateway still held part of the body for a server that did not read when that server sent junk; closing towards the
// guest then read over that part, and the server was sent freed or foreign bytes.
TEST_CASE("a server that does not read and then sends junk gets nothing but what the guest sent") {
  const auto byte_at = [](std::size_t i) { return static_cast<char>('a' + i / 4096 % 26); };
  std::atomic<bool> all_full = false;
  std::string body;
  std::string answer;
  {
    const FarServer server([&](const Peer& peer) {
      while (!all_full) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      peer.send("junk\n\n");
      body = peer.read_all();
    });
    const Gateway gateway(setup_for(server));
    const Peer guest = Peer::connect(gateway.resolve("allowed.test"), server.port());
    guest.send("POST / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 1000000000\r\n\r\n");
    std::size_t sent = 0;
    pollfd writable{guest.fd(), POLLOUT, 0};
    while (::poll(&writable, 1, 500) == 1 && sent < 100'000'000) {
      std::string piece(4096, 'x');
      for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = byte_at(sent + i);
      const ssize_t count = ::send(guest.fd(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) sent += static_cast<std::size_t>(count);
    }
    all_full = true;
    answer = guest.read_all();
  }
  CHECK(answer.starts_with("HTTP/1.1 502 "));
  std::size_t wrong = 0;
  const std::size_t begin = body.find("\r\n\r\n") + 4;
  const std::size_t end = body.rfind('<');
  REQUIRE((begin < end && end < body.size()));
  for (std::size_t i = begin; i < end; ++i) wrong += body[i] != byte_at(i - begin) ? 1U : 0U;
  CHECK(wrong == 0);
}

TEST_CASE("the proxy: CONNECT to an allowed name and port, and nothing else") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  const std::string port = std::to_string(server.port());
  const auto connect = [&](const std::string& target) {
    Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
    guest.send("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
    return guest;
  };
  const Peer good = connect("allowed.test:" + port);
  CHECK(good.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  good.send(client_hello("allowed.test"));
  CHECK(good.read_until(client_hello("allowed.test")) == client_hello("allowed.test"));
  const Peer disagree = connect("allowed.test:" + port);
  static_cast<void>(disagree.read_until("\r\n\r\n"));
  disagree.send(client_hello("other.test"));
  CHECK(disagree.read_all() == access_denied_alert() + "<end>");
  for (const auto& target : {"evil.test:" + port, std::string("allowed.test:22"), "127.9.9.8:" + port}) {
    INFO(target);
    CHECK(connect(target).read_all().starts_with("HTTP/1.1 403 "));
  }
  for (const char* target :
       {"allowed.test", "allowed.test:0", "allowed.test:65536", "u@allowed.test:443", "allowed.test:443/"}) {
    INFO(target);
    CHECK(connect(target).read_all().starts_with("HTTP/1.1 400 "));
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("the proxy: plain HTTP by its absolute form, without what was meant for the proxy") {
  const FarServer server(mirror);
  const Gateway gateway(setup_for(server));
  const std::string host = "allowed.test:" + std::to_string(server.port());
  const Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
  guest.send(
      get("http://" + host + "/x?y", host, "Proxy-Authorization: Basic abc\r\nProxy-Connection: keep-alive\r\n"));
  const std::string answer = guest.read_all();
  CHECK(answer.find("GET /x?y HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n") != std::string::npos);
  const Peer refused = Peer::connect(kGatewayAddress, gateway.proxy_port());
  refused.send(get("http://evil.test/", "evil.test"));
  CHECK(refused.read_all().starts_with("HTTP/1.1 403 "));
  const Peer lost = Peer::connect(kGatewayAddress, gateway.proxy_port());
  lost.send(get("/", "allowed.test"));
  CHECK(lost.read_all().starts_with("HTTP/1.1 400 "));
}

TEST_CASE("without a broker its port says so") {
  const FarServer server(echo);
  const Gateway gateway(setup_for(server));
  CHECK(Peer::connect(kGatewayAddress, gateway.broker_port()).read_all().starts_with("HTTP/1.1 503 "));
}

}  // namespace agentbox::http_test
