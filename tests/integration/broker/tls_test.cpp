// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/broker_plans.hpp"
#include "support/broker_server.hpp"
#include "support/catch.hpp"

namespace agentbox::tls_test {

using namespace agentbox::test;

namespace {

const std::string request =
    "GET /anthropic/v1/models HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx-api-key: " + placeholder + "\r\n\r\n";

BrokerPlan plan_for(const std::string& upstream, const std::string& ca) {
  BrokerPlan plan;
  plan.routes.push_back(shipped_route("anthropic", upstream));
  plan.extra_ca = ca;
  return plan;
}

/// What a request to an upstream with these names in its certificate gives; and whether the key got out.
struct Attempt {
  std::string response;
  std::string received;
};
Attempt attempt(const TlsAuthority& issuer, const std::string& trusted_ca, const std::string& names,
                const std::string& host) {
  Identity identity = issuer.issue(names);
  UpstreamServer* server = nullptr;
  UpstreamServer upstream(
      [&](Peer& peer) {
        server->read_request(peer);
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      },
      &identity);
  server = &upstream;
  BrokerServer broker(plan_for(upstream.url(host), trusted_ca));
  Attempt result{broker.ask(request), ""};
  result.received = upstream.received();
  return result;
}

}  // namespace

TEST_CASE("an upstream that proves its name gets the key") {
  const TlsAuthority authority("test authority");
  for (const auto& [names, host] : {std::pair("IP:127.0.0.1", "127.0.0.1"), std::pair("DNS:localhost", "localhost")}) {
    INFO(host);
    const Attempt result = attempt(authority, authority.pem(), names, host);
    CHECK(result.response.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(result.response.ends_with("\r\n\r\nok"));
    CHECK(result.received.find(real_key) != std::string::npos);
  }
}

TEST_CASE("an upstream that does not prove its name gets nothing") {
  // Whoever can redirect the name or the route must not be able to pick the key up.
  const TlsAuthority authority("test authority");
  const TlsAuthority stranger("somebody else");
  const auto check = [&](const Attempt& result) {
    CHECK(result.response.starts_with("HTTP/1.1 502 "));
    CHECK(result.response.find("x-agentbox-refusal: upstream_untrusted\r\n") != std::string::npos);
    CHECK(result.response.find("did not prove who it is") != std::string::npos);
    CHECK(result.received.empty());
  };
  check(attempt(stranger, authority.pem(), "IP:127.0.0.1", "127.0.0.1"));
  check(attempt(authority, "", "IP:127.0.0.1", "127.0.0.1"));
  check(attempt(authority, authority.pem(), "DNS:elsewhere.example", "localhost"));
  check(attempt(authority, authority.pem(), "IP:127.0.0.2", "127.0.0.1"));
  check(attempt(authority, authority.pem(), "DNS:127.0.0.1", "127.0.0.1"));
}

TEST_CASE("an answer without an end that is cut off over TLS does not look complete") {
  // Without content-length and chunks only TLS's farewell tells an end from a cut.
  const TlsAuthority authority("test authority");
  Identity identity = authority.issue("IP:127.0.0.1");
  UpstreamServer upstream(
      [&](Peer& peer) {
        peer.until("\r\n\r\n");
        peer.send("HTTP/1.1 200 OK\r\n\r\nhalf");  // and closes the socket, without close_notify
      },
      &identity);
  BrokerServer broker(plan_for(upstream.url(), authority.pem()));
  const std::string response = broker.ask(request);
  CHECK(response.find("half") != std::string::npos);
  CHECK_FALSE(response.ends_with("0\r\n\r\n"));
}

TEST_CASE("authorities that cannot be read are an error, not an empty list") {
  BrokerPlan plan = plan_for("https://127.0.0.1", "");
  plan.ca_file = "/no/such/file.pem";
  CHECK_THROWS_AS(BrokerState(std::move(plan)), Error);
  CHECK_THROWS_AS(BrokerState(plan_for("https://127.0.0.1", "not PEM")), Error);
}

}  // namespace agentbox::tls_test
