// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "ssh/parked_connection.hpp"
#include "support/catch.hpp"
#include "support/sshd_fixture.hpp"

#include <arpa/inet.h>
#include <poll.h>

#include <cerrno>
#include <thread>

namespace agentbox::parked_test {

using namespace agentbox::test;

namespace {

UniqueFd connect_to(Port port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port.number());
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

/// What QEMU does for a port: bytes go from one socket to the other, until one ends.
class Cable {
 public:
  Cable(int one, int other) : one_(::dup(one)), other_(::dup(other)), thread_([this] { carry(); }) {}
  ~Cable() {
    ::shutdown(one_.get(), SHUT_RDWR);
    ::shutdown(other_.get(), SHUT_RDWR);
    thread_.join();
  }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

 private:
  static bool move(int from, int to) {
    char part[4096];
    const ssize_t count = ::read(from, part, sizeof part);
    return count > 0 && ::send(to, part, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
  }
  void carry() const {
    pollfd ends[] = {{one_.get(), POLLIN, 0}, {other_.get(), POLLIN, 0}};
    for (bool open = true; open && ::poll(ends, 2, -1) > 0;) {
      open = (ends[0].revents == 0 || move(one_.get(), other_.get())) && (ends[1].revents == 0 || move(other_.get(), one_.get()));
    }
    ::shutdown(one_.get(), SHUT_RDWR);
    ::shutdown(other_.get(), SHUT_RDWR);
  }

  UniqueFd one_;
  UniqueFd other_;
  std::thread thread_;
};

/// A server that has spoken its first words to somebody who went away.
struct Parked {
  SshdFixture sshd;
  UniqueFd server = connect_to(sshd.port());
  std::string greeting;

  Parked() {
    write_all(server.get(), client_identification());
    greeting = receive_greeting(server.get(), soon());
  }
};

std::string refusal(const std::string& said) {
  SocketPair pair = make_socket_pair();
  write_all(pair.theirs.get(), said);
  pair.theirs.reset();
  try {
    receive_greeting(pair.ours.get(), soon());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::backend);
    return error.what();
  }
  return "taken";
}

std::string packet(std::size_t length) {
  const auto byte = [length](unsigned shift) { return static_cast<char>(length >> shift & 0xFFU); };
  return std::string{byte(24), byte(16), byte(8), byte(0)} + std::string(length, 'k');
}

}  // namespace

TEST_CASE("a connection goes on where the server of another client waits") {
  const Parked parked;
  CHECK(parked.greeting.starts_with("SSH-2.0-"));

  ParkedConnection connection(parked.sshd.endpoint(), parked.greeting);
  const Cable cable(connection.server_end(), parked.server.get());
  SshConnection ssh = connection.take_up(soon(), -1);
  const RemoteOutput result = ssh.run({.command = "cat; echo $((6 * 7)) >&2; exit 5"}, "through the cable");
  CHECK(result.status == ExitStatus::exited(5));
  CHECK(result.output == "through the cable");
  CHECK(result.error_output == "42\n");
}

TEST_CASE("a server that wants more than a line of ours gets the key") {
  const Parked parked;
  SshEndpoint endpoint = parked.sshd.endpoint();
  endpoint.line_is_ours = true;
  ParkedConnection connection(endpoint, parked.greeting);
  const Cable cable(connection.server_end(), parked.server.get());
  SshConnection ssh = connection.take_up(soon(), -1);
  CHECK(ssh.run({.command = "exit 5"}).status == ExitStatus::exited(5));
}

TEST_CASE("not a byte goes to the waiting server before the connection is taken up") {
  const Parked parked;
  const ParkedConnection connection(parked.sshd.endpoint(), parked.greeting);
  pollfd waiting{connection.server_end(), POLLIN, 0};
  CHECK(::poll(&waiting, 1, 200) == 0);
}

TEST_CASE("a waiting server with another host key is refused") {
  const Parked parked;
  SshEndpoint endpoint = parked.sshd.endpoint();
  endpoint.host_key = generate_key_pair().public_key;
  ParkedConnection connection(endpoint, parked.greeting);
  const Cable cable(connection.server_end(), parked.server.get());
  CHECK_THROWS_WITH(connection.take_up(soon(), -1), Catch::Matchers::Contains("does not have this guest's host key"));
}

TEST_CASE("a waiting server that ends is noticed at once") {
  Parked parked;
  ParkedConnection connection(parked.sshd.endpoint(), parked.greeting);
  std::optional<Cable> cable(std::in_place, connection.server_end(), parked.server.get());
  ::shutdown(parked.server.get(), SHUT_RDWR);
  CHECK_THROWS_WITH(connection.take_up(soon(), -1), Catch::Matchers::Contains("does not go on"));
}

// The two moments of it, of which the one above meets either.
TEST_CASE("a waiting server that has ended is noticed at once") {
  const Parked parked;
  ParkedConnection connection(parked.sshd.endpoint(), parked.greeting);
  ::shutdown(connection.server_end(), SHUT_RDWR);  // as the machine does when the server's end is gone
  CHECK_THROWS_WITH(connection.take_up(soon(), -1), Catch::Matchers::Contains("does not go on (its line was closed"));
}

TEST_CASE("a waiting server that ends as it is taken up is noticed at once") {
  const Parked parked;
  ParkedConnection connection(parked.sshd.endpoint(), parked.greeting);
  const UniqueFd machine_end(::dup(connection.server_end()));
  std::thread machine([&] {
    char answer = 0;
    while (::read(machine_end.get(), &answer, 1) < 0 && errno == EINTR) {
    }
    ::shutdown(machine_end.get(), SHUT_RDWR);
  });
  CHECK_THROWS_WITH(connection.take_up(soon(), -1), Catch::Matchers::Contains("does not go on ("));
  ::shutdown(machine_end.get(), SHUT_RDWR);
  machine.join();
}

TEST_CASE("a greeting is a name and one packet, both of bounded length") {
  CHECK(refusal("SSH-2.0-x\r\n" + packet(35000)) == "taken");
  CHECK(refusal("SSH-2.0-x\r\n" + packet(35001)).find("longer than any may be") != std::string::npos);
  CHECK(refusal(std::string(255, 'x')).find("something else than its name") != std::string::npos);
  CHECK(refusal("SSH-2.0-x\r\n" + packet(10) + "k").find("says more") != std::string::npos);
  CHECK(refusal("SSH-2.0-x\r\n" + packet(10).substr(0, 9)).find("ended before") != std::string::npos);
  CHECK(refusal("").find("ended before") != std::string::npos);
}

}  // namespace agentbox::parked_test
