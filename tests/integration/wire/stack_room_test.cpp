// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/address_label.hpp"
#include "integration/wire/fake_guest.hpp"
#include "support/catch.hpp"

#include <netinet/ip_icmp.h>

#include <fstream>
#include <thread>

namespace agentbox::stack_room_test {

// The wire with a TCP/IP stack of its own, for hosts without user namespaces. What the guest may and may not do is the same as
// in the room with the kernel's (room_test.cpp), and so are the tests; the peer is a real kernel.

using namespace agentbox::test;

namespace {

class StackRoom {
 public:
  explicit StackRoom(const std::filesystem::path& program = AGENTBOX_WIRE_PROGRAM)
      : directory_(std::filesystem::temp_directory_path(), "room"), room_(start(program)) {
    listeners = room_.take_listeners();
  }
  [[nodiscard]] NetworkRoom* operator->() { return &room_; }
  RoomListeners listeners;

 private:
  [[nodiscard]] NetworkRoom start(const std::filesystem::path& program) const {
    try {
      return NetworkRoom::start(
          {.program = program, .dial_socket = directory_.path() / "dial", .stack = RoomSpec::Stack::own});
    } catch (const Error& error) {
      if (!error.hint().empty()) {
        skip(error.what());
      }
      throw;
    }
  }
  TempDir directory_;
  NetworkRoom room_;
};

struct Handed {
  UniqueFd socket;
  AddressAndPort wanted;
};

Handed receive_connection(const UniqueFd& link) {
  REQUIRE(wait_readable(link.get(), soon()));
  auto message = receive_with_fds(link.get(), 64);
  REQUIRE(message);
  REQUIRE(message->fds.size() == 1);
  const auto label = read_address_label(message->bytes);
  REQUIRE(label);
  return {std::move(message->fds.front()), *label};
}

std::uint32_t number(const char* ip) { return ntohl(address(ip, 0).sin_addr.s_addr); }

struct Fixture {
  StackRoom room{};
  FakeGuest guest{room->take_vm_end()};

  std::pair<UniqueFd, UniqueFd> connection(const char* ip, std::uint16_t port) {
    UniqueFd client = guest.socket(AF_INET, SOCK_STREAM);
    REQUIRE(connect_to(client, ip, port) == 0);
    Handed handed = receive_connection(room.listeners.tcp);
    CHECK(handed.wanted == AddressAndPort{number(ip), port});
    return {std::move(client), std::move(handed.socket)};
  }
  void everything_has_arrived() { connection("203.0.113.1", 9); }
};

void send_all(const UniqueFd& socket, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    REQUIRE(wait_writable(socket.get(), soon()));
    const ssize_t count = ::send(socket.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) {
      continue;
    }
    if (count <= 0) {
      throw std::runtime_error("the connection broke");
    }
    at += static_cast<std::size_t>(count);
  }
}

std::string read_all(const UniqueFd& socket) {
  std::string all;
  for (std::string part; !(part = read_some(socket, 65536)).empty();) {
    all += part;
  }
  return all;
}

int read_error(const UniqueFd& socket) {
  REQUIRE(wait_readable(socket.get(), soon()));
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, 0) < 0 ? errno : 0;
}

std::string megabytes(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count << 20U; ++i) {
    bytes += static_cast<char>(i * 31 + i / 251);
  }
  return bytes;
}

std::string status_of(pid_t pid, const std::string& key) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":\t")) {
      return line.substr(key.size() + 2);
    }
  }
  return "none";
}

}  // namespace

TEST_CASE("own stack: a connection to any address and port arrives with the address that was wanted") {
  Fixture f;
  for (const auto& [ip, port] : std::vector<std::pair<const char*, std::uint16_t>>{{"93.184.216.34", 443},
                                                                                   {"10.0.2.2", 8080},
                                                                                   {"10.0.2.3", 53},
                                                                                   {"169.254.169.254", 80},
                                                                                   {"192.168.1.1", 22},
                                                                                   {"198.18.0.7", 65535}}) {
    INFO(ip);
    const auto [client, server] = f.connection(ip, port);
    send_all(client, "ping");
    CHECK(read_some(server, 100) == "ping");
    send_all(server, "pong");
    CHECK(read_some(client, 100) == "pong");
  }
}

TEST_CASE("own stack: megabytes go both ways unharmed, at once, too") {
  Fixture f;
  const auto [client, server] = f.connection("93.184.216.34", 443);
  const std::string bytes = megabytes(8);
  std::vector<std::thread> writers;
  for (const auto* from : {&client, &server}) {
    writers.emplace_back([&bytes, from] {
      send_all(*from, bytes);
      ::shutdown(from->get(), SHUT_WR);
    });
  }
  std::string of_client;
  std::thread reader([&, server = &server] { of_client = read_all(*server); });
  const std::string of_server = read_all(client);
  reader.join();
  for (auto& writer : writers) {
    writer.join();
  }
  CHECK((of_server == bytes));
  CHECK((of_client == bytes));
}

// A guest that takes in a little at a time, or nothing for a while: its window closes, and opens again.
TEST_CASE("own stack: who does not read stops who sends, and nothing is lost") {
  Fixture f;
  const auto [client, server] = f.connection("93.184.216.34", 443);
  const std::string bytes = megabytes(12);
  const bool download = GENERATE(true, false);
  const UniqueFd& from = download ? server : client;
  const UniqueFd& to = download ? client : server;
  std::thread writer([&] {
    send_all(from, bytes);
    ::shutdown(from.get(), SHUT_WR);
  });
  f.everything_has_arrived();  // others go on meanwhile
  const auto [other_client, other_server] = f.connection("93.184.216.34", 80);
  send_all(other_client, "beside");
  CHECK(read_some(other_server, 100) == "beside");
  const std::string received = read_all(to);
  writer.join();
  CHECK((received == bytes));
}

TEST_CASE("own stack: each side may end and the other go on") {
  Fixture f;
  SECTION("the guest first") {
    const auto [client, server] = f.connection("93.184.216.34", 443);
    send_all(client, "all");
    ::shutdown(client.get(), SHUT_WR);
    CHECK(read_all(server) == "all");
    send_all(server, "answer");
    CHECK(read_some(client, 100) == "answer");
  }
  SECTION("the server first") {
    const auto [client, server] = f.connection("93.184.216.34", 443);
    send_all(server, "all");
    ::shutdown(server.get(), SHUT_WR);
    CHECK(read_all(client) == "all");
    send_all(client, "answer");
    CHECK(read_some(server, 100) == "answer");
  }
}

TEST_CASE("own stack: a connection that is closed without a word is a reset, one that was spoken on an end") {
  Fixture f;
  {
    auto [client, server] = f.connection("93.184.216.34", 443);
    server.reset();
    CHECK(read_error(client) == ECONNRESET);
  }
  {
    auto [client, server] = f.connection("93.184.216.34", 443);
    send_all(server, "word");
    server.reset();
    CHECK(read_all(client) == "word");
  }
  {
    auto [client, server] = f.connection("93.184.216.34", 443);
    client.reset();
    CHECK(read_all(server).empty());
  }
}

TEST_CASE("own stack: names are asked of one socket, whichever server the guest has in mind") {
  Fixture f;
  for (const char* server : {"10.0.2.3", "8.8.8.8", "10.0.2.2"}) {
    const UniqueFd resolver = f.guest.socket(AF_INET, SOCK_DGRAM);
    REQUIRE(connect_to(resolver, server, 53) == 0);  // takes answers from there only
    REQUIRE(::send(resolver.get(), "who", 3, 0) == 3);
    const std::string query = read_some(f.room.listeners.dns, 2000);
    REQUIRE(query.size() == 2 * address_label_size + 3);
    CHECK(query.substr(2 * address_label_size) == "who");
    CHECK(read_address_label(query) == AddressAndPort{number(server), 53});
    const std::string reply = query.substr(0, 2 * address_label_size) + "you";
    REQUIRE(::send(f.room.listeners.dns.get(), reply.data(), reply.size(), 0) == static_cast<ssize_t>(reply.size()));
    CHECK(read_some(resolver, 100) == "you");
  }
}

TEST_CASE("own stack: other datagrams are refused, not swallowed") {
  Fixture f;
  for (int i = 0; i < 20; ++i) {
    const UniqueFd socket = f.guest.socket(AF_INET, SOCK_DGRAM);
    REQUIRE(connect_to(socket, "192.0.2.1", 123) == 0);
    REQUIRE(::send(socket.get(), "time?", 5, 0) == 5);
    CHECK(read_error(socket) == EHOSTUNREACH);
  }
}

TEST_CASE("own stack: when nobody listens the guest is refused at once") {
  Fixture f;
  f.everything_has_arrived();
  f.room.listeners = {};
  CHECK(connect_to(f.guest.socket(AF_INET, SOCK_STREAM), "93.184.216.34", 443) == ECONNREFUSED);
  const UniqueFd resolver = f.guest.socket(AF_INET, SOCK_DGRAM);
  REQUIRE(connect_to(resolver, "10.0.2.3", 53) == 0);
  REQUIRE(::send(resolver.get(), "who", 3, 0) == 3);
  CHECK(read_error(resolver) == ECONNREFUSED);
}

TEST_CASE("own stack: pings, IPv6 and strangers are not answered") {
  Fixture f;
  f.everything_has_arrived();
  const UniqueFd raw = f.guest.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  icmphdr echo{};
  echo.type = ICMP_ECHO;
  echo.checksum = static_cast<std::uint16_t>(~htons(ICMP_ECHO << 8U));
  for (const char* ip : {"10.0.2.2", "8.8.8.8"}) {
    const sockaddr_in to = address(ip, 0);
    REQUIRE(::sendto(raw.get(), &echo, sizeof echo, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) == sizeof echo);
  }
  f.everything_has_arrived();
  CHECK(nothing_to_read(raw));
  const UniqueFd v6 = f.guest.socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK);
  if (v6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(443);
    ::inet_pton(AF_INET6, "2001:db8::1", &to.sin6_addr);
    ::connect(v6.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  f.everything_has_arrived();
  CHECK(nothing_to_read(f.room.listeners.tcp));
}

// The attack: services on the host's loopback, which a user-space network usually shows to its guest.
TEST_CASE("own stack: the host's loopback is not reached, by whatever address") {
  Fixture f;
  const UniqueFd service(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in loopback = address("127.0.0.1", 0);
  REQUIRE(::bind(service.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0);
  REQUIRE(::listen(service.get(), 8) == 0);
  const std::string name = local_name(service);
  const auto port = static_cast<std::uint16_t>(std::stoi(name.substr(name.find(':') + 1)));
  f.connection("10.0.2.2", port);  // ends in our hands
  CHECK(nothing_to_read(service));
}

TEST_CASE("own stack: dial reaches the guest's own servers, also when the guest has said nothing yet") {
  Fixture f;
  const UniqueFd sshd = f.guest.socket(AF_INET, SOCK_STREAM);
  const sockaddr_in any = address("0.0.0.0", 22);
  REQUIRE(::bind(sshd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(sshd.get(), 8) == 0);
  for (int i = 0; i < 20; ++i) {
    const UniqueFd client = f.room->dial(Port(22), soon());
    const UniqueFd server = accept_from(sshd);
    CHECK(text([&] {
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            ::getpeername(server.get(), reinterpret_cast<sockaddr*>(&peer), &size);
            peer.sin_port = 0;
            return peer;
          }()) == "10.0.2.2:0");
    send_all(server, "SSH-2.0");
    CHECK(read_some(client, 100) == "SSH-2.0");
    send_all(client, "hello");
    CHECK(read_some(server, 100) == "hello");
  }
}

TEST_CASE("own stack: dialling a port where nobody listens ends") {
  Fixture f;
  const UniqueFd client = f.room->dial(Port(23), soon());
  CHECK(read_all(client).empty());
}

// The attack: connections without end. One too many is reset; when some have ended there are places again.
TEST_CASE("own stack: a flood of connections meets a limit and leaves nothing behind") {
  Fixture f;
  std::vector<UniqueFd> clients;
  std::vector<Handed> handed;
  int error = 0;
  while (error == 0 && clients.size() < 3000) {
    UniqueFd client = f.guest.socket(AF_INET, SOCK_STREAM);
    error = connect_to(client, "93.184.216.34", 443);
    if (error == 0) {
      handed.push_back(receive_connection(f.room.listeners.tcp));
    }
    clients.push_back(std::move(client));
  }
  CHECK(error == ECONNREFUSED);
  CHECK(handed.size() > 200);
  // Both ends go, without order: of so many at once the guest's cable loses some.
  clients.clear();
  handed.clear();
  for (int tries = 0; connect_to(f.guest.socket(AF_INET, SOCK_STREAM), "93.184.216.34", 443) != 0; ++tries) {
    REQUIRE(tries < 1000);
  }
}

// Attack: connections faster than the gateway takes them, while it is busy or stopped. The wire waited for it, and the
// session's own SSH connection with the wire.
TEST_CASE("own stack: a gateway that takes no connections holds up nobody") {
  Fixture f;
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 600; ++i) {
    clients.push_back(f.guest.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK));
    connect_to(clients.back(), "93.184.216.34", 443);
  }
  const int error = connect_to(f.guest.socket(AF_INET, SOCK_STREAM), "93.184.216.34", 443);
  CHECK(error == ECONNREFUSED);
  clients.clear();
}

// On a host that allows few descriptors, as a container may: poll(2) refused a set larger than their number, and the
// wire span.
struct FewDescriptors {
  TempDir directory{std::filesystem::temp_directory_path(), "few"};
  std::filesystem::path program = directory.path() / "wire";
  FewDescriptors() {
    std::ofstream(program) << "#!/bin/sh\nulimit -n 150\nexec " AGENTBOX_WIRE_PROGRAM " \"$@\"\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
};

TEST_CASE("own stack: few descriptors mean few connections, and nothing else") {
  const FewDescriptors few;
  Fixture f{.room = StackRoom(few.program)};
  std::vector<UniqueFd> clients;
  std::vector<Handed> handed;
  int error = 0;
  // What other programs of this user have under way counts, too, and passes: the test below holds much for a third of a second.
  const auto patience = Clock::now() + std::chrono::seconds(10);
  while ((error == 0 && clients.size() < 300) || (handed.size() <= 50 && Clock::now() < patience)) {
    UniqueFd client = f.guest.socket(AF_INET, SOCK_STREAM);
    error = connect_to(client, "93.184.216.34", 443);
    if (error == 0) {
      handed.push_back(receive_connection(f.room.listeners.tcp));
      clients.push_back(std::move(client));
    }
  }
  CHECK(error == ECONNREFUSED);
  CHECK(handed.size() > 50);
  CHECK(handed.size() < 150);
  CHECK(::send(handed.front().socket.get(), "hi", 2, 0) == 2);
  CHECK(read_some(clients.front(), 10) == "hi");
}

// A room could not be made while other programs of the user had more descriptors under way than agentbox-wire may have open: its one message
// did not go, and the launcher waited for it until its time was over. It was seen beside the tests above.
TEST_CASE("own stack: what other programs have under way delays a room, and no more") {
  const FewDescriptors few;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const int fd = ours.get();
  for (int i = 0; i < 25; ++i) {
    REQUIRE(send_with_fds(fd, "x", {fd, fd, fd, fd, fd, fd, fd, fd}));
  }
  std::thread passes([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    for (int i = 0; i < 25; ++i) {
      receive_with_fds(theirs.get(), 8);
    }
  });
  Fixture f{.room = StackRoom(few.program)};
  passes.join();
  f.connection("93.184.216.34", 443);
}

TEST_CASE("own stack: agentbox-wire has shut itself in before any guest speaks") {
  StackRoom room;
  const pid_t pid = room->pid();
  CHECK(status_of(pid, "Seccomp") == "2");
  CHECK(status_of(pid, "NoNewPrivs") == "1");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CHECK(status_of(pid, set) == "0000000000000000");
  }
}

}  // namespace agentbox::stack_room_test
