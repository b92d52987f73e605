// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/address_label.hpp"
#include "support/catch.hpp"
#include "support/gateway_fixture.hpp"
#include "sys/fd_passing.hpp"
#include "sys/walls.hpp"

#include <sys/socket.h>

namespace agentbox::wire_test {

// The gateway where user namespaces are refused: behind Landlock and seccomp, with connections and questions that agentbox-wire
// hands over instead of sockets of a network room. The wire is this test.

using namespace agentbox::test;

namespace {

SocketPair make_link() {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

class WiredGateway {
 public:
  explicit WiredGateway(const GatewaySetup& setup) : directory_(std::filesystem::temp_directory_path(), "gw") {
    if (const auto problem = landlock_problem()) {
      skip(*problem);
    }
    SocketPair connections = make_link();
    SocketPair names = make_link();
    GatewayListeners listeners;
    listeners.tcp.push_back(std::move(connections.theirs));
    listeners.dns = std::move(names.theirs);
    connections_ = std::move(connections.ours);
    names_ = std::move(names.ours);
    const GatewayPlan plan{.session = "s1", .policy = "test", .rules = Gateway::rules(setup)};
    process_.emplace(GatewayProcess::start(
        plan, std::move(listeners),
        {.room = {.program = AGENTBOX_GATEWAY_PROGRAM, .kind = GatewayRoom::Kind::landlock}, .directory = directory_.path()},
        Clock::now() + std::chrono::seconds(20)));
  }

  /// What the guest would have, had it connected there.
  [[nodiscard]] UniqueFd connection(const char* address, std::uint16_t port) const {
    SocketPair pair = make_socket_pair();
    const auto label = address_label({IpAddress::parse(address)->v4_value(), port});
    REQUIRE(send_with_fds(connections_.get(), {label.data(), label.size()}, {pair.theirs.get()}));
    return std::move(pair.ours);
  }
  [[nodiscard]] const UniqueFd& names() const { return names_; }
  [[nodiscard]] GatewayProcess& process() { return *process_; }

 private:
  TempDir directory_;
  UniqueFd connections_;
  UniqueFd names_;
  std::optional<GatewayProcess> process_;
};

std::string ask(const UniqueFd& socket, const std::string& text) {
  REQUIRE(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  std::string answer(4096, '\0');
  REQUIRE(wait_readable(socket.get(), Clock::now() + std::chrono::seconds(20)));
  const ssize_t count = ::recv(socket.get(), answer.data(), answer.size(), 0);
  answer.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return answer;
}

}  // namespace

TEST_CASE("without namespaces the gateway serves what the wire hands over, and refuses what the rules do") {
  const FarServer server(echo);
  WiredGateway gateway(setup_for(server));
  SECTION("an allowed number") {
    CHECK(ask(gateway.connection(kFarAddress, server.port()), "hello\n") == "hello\n");
  }
  SECTION("another one ends without a word") {
    CHECK(ask(gateway.connection("127.0.0.1", server.port()), "hello\n").empty());
  }
  SECTION("the proxy") {
    const std::string refused = ask(gateway.connection("10.0.2.2", 3128), "GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n");
    CHECK(refused.starts_with("HTTP/1.1 403"));
    CHECK(refused.find("egress_refused") != std::string::npos);
  }
  SECTION("the broker, which this session has none of") {
    CHECK(ask(gateway.connection("10.0.2.2", 8080), "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503"));
  }
  SECTION("names, with the labels that they came with") {
    const std::string prefix(std::string("\x0a\x00\x02\x03\x00\x35" "ABCDEF", 12));
    const std::string known = ask(gateway.names(), prefix + dns_question("allowed.test"));
    REQUIRE(known.size() > 24);
    CHECK(known.substr(0, 12) == prefix);
    CHECK((known[12 + 3] & 0x0F) == 0);
    CHECK((ask(gateway.names(), prefix + dns_question("evil.test"))[12 + 3] & 0x0F) == 3);
    ::send(gateway.names().get(), "short", 5, 0);
    CHECK(ask(gateway.names(), prefix + dns_question("allowed.test")).size() == known.size());
  }
  const auto summary = gateway.process().status();
  CHECK(summary.failed == 0);
}

}  // namespace agentbox::wire_test
