// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "ssh/connection.hpp"
#include "support/catch.hpp"
#include "support/sshd_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace agentbox::forward_test {

using namespace agentbox::test;

namespace {

/// The "guest" of these tests is this same machine, so the port that it is to listen on must be free here.
Port free_port() {
  return TestServer([](int) {}).port();
}

std::pair<UniqueFd, Port> listening_socket() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(fd.get(), 128) == 0);
  REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return {std::move(fd), Port(ntohs(address.sin_port))};
}

/// Sends back what comes, then the number of bytes after the peer's EOF.
void echo_and_count(int fd) {
  std::array<char, 4096> buffer;
  std::size_t total = 0;
  for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    total += static_cast<std::size_t>(n);
    write_all(fd, std::string_view(buffer.data(), static_cast<std::size_t>(n)));
  }
  write_all(fd, std::string("|").append(std::to_string(total)));
}

/// A client in the guest, in the words of bash: sends text, ends its side if told to, prints what comes back.
std::string client(Port port, const std::string& script) {
  return "bash --norc -c 'exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port.number()) + " || exit 9; " + script + "'";
}

/// The same in python, where one direction of a socket can be ended.
std::string half_closing_client(Port port, std::size_t bytes) {
  return "python3 -c '\nimport socket, threading\ns = socket.create_connection((\"127.0.0.1\", " +
         std::to_string(port.number()) + "))\ndef send():\n  s.sendall(b\"x\" * " + std::to_string(bytes) +
         ")\n  s.shutdown(socket.SHUT_WR)\nthreading.Thread(target=send).start()\nn = 0\nlast = b\"\"\nwhile True:\n"
         "  d = s.recv(65536)\n  if not d: break\n  n += len(d)\n  last = (last + d)[-20:]\n"
         "print(n, last.decode().split(\"|\")[1])'";
}

}  // namespace

TEST_CASE("a guest process reaches a server of the host, and is answered after its own EOF") {
  const SshdFixture sshd;
  const TestServer echo(echo_and_count);
  const Port guest_port = free_port();
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  connection.forward_guest_port(guest_port, echo.port());
  const std::size_t bytes = 8'000'000;
  const auto result = connection.run({.command = half_closing_client(guest_port, bytes)});
  const std::string count = std::to_string(bytes);
  CHECK(result.output == std::to_string(bytes + 1 + count.size()) + " " + count + "\n");
  CHECK(result.error_output.empty());
}

TEST_CASE("several connections at once do not mix") {
  const SshdFixture sshd;
  const TestServer echo(echo_and_count);
  const Port guest_port = free_port();
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  connection.forward_guest_port(guest_port, echo.port());
  const auto result =
      connection.run({.command = "for i in 1 2 3 4 5 6; do " +
                                 client(guest_port, "echo '\"hello $i\"' >&3; head -n1 <&3") + " & done; wait"});
  CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 6);
}

TEST_CASE("where the host refuses, that connection ends and the session goes on") {
  const SshdFixture sshd;
  const Port guest_port = free_port();
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  connection.forward_guest_port(guest_port, free_port());
  const auto result = connection.run({.command = client(guest_port, "cat <&3") + "; echo after"});
  CHECK(result.output == "after\n");
}

TEST_CASE("a host that resets in the middle ends that connection only") {
  const SshdFixture sshd;
  const TestServer rude([](int fd) {
    const linger reset{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    char byte = 0;
    (void)!::read(fd, &byte, 1);
  });
  const Port guest_port = free_port();
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  connection.forward_guest_port(guest_port, rude.port());
  const auto result = connection.run({.command = client(guest_port, "echo hi >&3; cat <&3") + "; echo after"});
  CHECK(result.output == "after\n");
}

// A host server that does not read must stop the guest's sender, not fill our memory; and the command that runs beside
// it must not notice.
TEST_CASE("a stalled connection stops its own sender and nothing else") {
  const SshdFixture sshd;
  const TestServer stalled([](int) { ::pause(); });
  const Port guest_port = free_port();
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  connection.forward_guest_port(guest_port, stalled.port());
  const auto result =
      connection.run({.command = client(guest_port, "timeout 2 head -c 200000000 /dev/zero >&3; echo sender $?") +
                                 " & head -c 30000000 /dev/zero | wc -c; wait"});
  CHECK(result.output.find("30000000\n") == 0);
  CHECK(result.output.find("sender 124") != std::string::npos);
}

// The client of these two is the remote command: it runs while the connection is served, and the machine is the same.
TEST_CASE("a process of the host reaches a server of the guest by a published port, and is answered after its own EOF") {
  const SshdFixture sshd;
  const TestServer echo(echo_and_count);
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  auto [listener, port] = listening_socket();
  connection.publish(std::move(listener), echo.port());
  const std::size_t bytes = 8'000'000;
  const auto result = connection.run({.command = half_closing_client(port, bytes)});
  const std::string count = std::to_string(bytes);
  CHECK(result.output == std::to_string(bytes + 1 + count.size()) + " " + count + "\n");
  const auto more = connection.run({.command = "for i in 1 2 3 4 5 6; do " +
                                               client(port, "echo '\"hello $i\"' >&3; head -n1 <&3") + " & done; wait"});
  CHECK(std::count(more.output.begin(), more.output.end(), '\n') == 6);
}

TEST_CASE("where nothing listens in the guest, connections to a published port end, however many") {
  const SshdFixture sshd;
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  auto [listener, port] = listening_socket();
  connection.publish(std::move(listener), free_port());
  const auto result = connection.run({.command = "for i in $(seq 100); do " + client(port, "cat <&3") + "; done; echo after"});
  CHECK(result.output == "after\n");
  CHECK(connection.run({.command = "echo on"}).output == "on\n");
}

TEST_CASE("a refused forward is an error, and the connection can go on") {
  const SshdFixture sshd("AllowTcpForwarding no");
  auto connection = SshConnection::connect(sshd.endpoint(), soon());
  CHECK_THROWS_AS(connection.forward_guest_port(free_port(), free_port()), Error);
  CHECK(connection.run({.command = "echo on"}).output == "on\n");
}

// A base that was built by an older agentbox has a server that forwards nothing: a published port was accepted and closed
// at once, and nothing said why.
TEST_CASE("a server that is set up to forward nothing is told from a port where nothing listens") {
  for (const auto& [configuration, refused] : {std::pair("AllowTcpForwarding no", true), std::pair("", false)}) {
    const SshdFixture sshd(configuration);
    auto connection = SshConnection::connect(sshd.endpoint(), soon());
    auto [listener, port] = listening_socket();
    connection.publish(std::move(listener), free_port());
    CHECK(connection.run({.command = client(port, "cat <&3") + "; echo after"}).output == "after\n");
    CHECK(connection.forwarding_refused() == refused);
  }
}

}  // namespace agentbox::forward_test
