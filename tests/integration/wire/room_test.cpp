// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/wire/fake_guest.hpp"
#include "support/catch.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <thread>

namespace agentbox::room_test {

using namespace agentbox::test;

namespace {

struct Fixture {
  TestRoom room;
  FakeGuest guest{room->take_vm_end()};

  /// A connection from the guest, and the room's end of it.
  std::pair<UniqueFd, UniqueFd> connection(const char* ip, std::uint16_t port) {
    UniqueFd client = guest.socket(AF_INET, SOCK_STREAM);
    REQUIRE(connect_to(client, ip, port) == 0);
    return {std::move(client), accept_from(room.listeners.tcp)};
  }

  /// What the guest sent before this was dealt with when this returns: packets stay in order.
  void everything_has_arrived() { connection("203.0.113.1", 9); }
};

struct Query {
  std::string text;
  std::string wanted;  ///< the server that the guest asked
  sockaddr_in asker;
};

Query receive_query(const UniqueFd& dns) {
  REQUIRE(wait_readable(dns.get(), soon()));
  Query query{std::string(2000, '\0'), "", {}};
  iovec data{query.text.data(), query.text.size()};
  alignas(cmsghdr) std::array<char, 256> control;
  msghdr message{};
  message.msg_name = &query.asker;
  message.msg_namelen = sizeof query.asker;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(dns.get(), &message, 0);
  REQUIRE(count >= 0);
  query.text.resize(static_cast<std::size_t>(count));
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_IP && part->cmsg_type == IP_ORIGDSTADDR) {
      sockaddr_in wanted{};
      std::memcpy(&wanted, CMSG_DATA(part), sizeof wanted);
      query.wanted = text(wanted);
    }
  }
  return query;
}

void answer_query(const UniqueFd& dns, const Query& query, const char* as, std::string reply) {
  iovec data{reply.data(), reply.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  sockaddr_in to = query.asker;
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = sizeof to;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = IPPROTO_IP;
  part->cmsg_type = IP_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo source{};
  ::inet_pton(AF_INET, as, &source.ipi_spec_dst);
  std::memcpy(CMSG_DATA(part), &source, sizeof source);
  REQUIRE(::sendmsg(dns.get(), &message, 0) == static_cast<ssize_t>(reply.size()));
}

/// A raw IPv4 packet from any source; the kernel fills in the header's checksum.
std::string udp_packet(const char* from, const char* to, std::uint16_t port, const std::string& payload) {
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(static_cast<std::uint16_t>(sizeof(iphdr) + sizeof(udphdr) + payload.size()));
  ip.saddr = address(from, 0).sin_addr.s_addr;
  ip.daddr = address(to, 0).sin_addr.s_addr;
  udphdr udp{};
  udp.uh_sport = htons(4444);
  udp.uh_dport = htons(port);
  udp.uh_ulen = htons(static_cast<std::uint16_t>(sizeof(udphdr) + payload.size()));  // checksum 0: none
  return std::string(reinterpret_cast<char*>(&ip), sizeof ip) + std::string(reinterpret_cast<char*>(&udp), sizeof udp) +
         payload;
}

/// Frames as they are, on the guest's card.
class RawCard {
 public:
  explicit RawCard(const FakeGuest& guest) : socket_(guest.socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))) {
    ifreq request{};
    std::strncpy(request.ifr_name, "eth0", sizeof request.ifr_name - 1);
    REQUIRE(::ioctl(socket_.get(), SIOCGIFINDEX, &request) == 0);
    address_.sll_family = AF_PACKET;
    address_.sll_protocol = htons(ETH_P_ALL);
    address_.sll_ifindex = request.ifr_ifindex;
    REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_) == 0);
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  }
  void send(const std::string& frame) const {
    REQUIRE(::send(socket_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
  }
  /// Frames of one protocol that have come so far.
  [[nodiscard]] int received(std::uint16_t protocol) const {
    int count = 0;
    for (std::string frame(2000, '\0'); ::recv(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT) >= 0;) {
      std::uint16_t type = 0;
      std::memcpy(&type, frame.data() + 12, sizeof type);
      count += ntohs(type) == protocol ? 1 : 0;
    }
    return count;
  }

 private:
  UniqueFd socket_;
  sockaddr_ll address_{};
};

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string arp_request(const std::string& sender_hex, const std::string& target_hex) {
  return from_hex(
      "ffffffffffff525400ab0c01"
      "0806"
      "0001080006040001"
      "525400ab0c01" +
      sender_hex + "000000000000" + target_hex);
}

void send_all(const UniqueFd& socket, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::send(socket.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
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

}  // namespace

TEST_CASE("a connection to any address and port arrives with the address that was wanted") {
  Fixture f;
  for (const auto& [ip, port] : std::vector<std::pair<const char*, std::uint16_t>>{{"93.184.216.34", 443},
                                                                                   {"10.0.2.2", 8080},
                                                                                   {"10.0.2.3", 53},
                                                                                   {"169.254.169.254", 80},
                                                                                   {"192.168.1.1", 22},
                                                                                   {"198.18.0.7", 65535},
                                                                                   {"10.0.2.2", 1}}) {
    INFO(ip);
    const auto [client, server] = f.connection(ip, port);
    CHECK(local_name(server) == std::string(ip) + ":" + std::to_string(port));
    send_all(client, "ping");
    CHECK(read_some(server, 100) == "ping");
    send_all(server, "pong");
    CHECK(read_some(client, 100) == "pong");
  }
}

// veth hands a packet socket packets without checksums and larger than any frame, unless it is told not to.
TEST_CASE("megabytes go both ways unharmed") {
  Fixture f;
  const auto [client, server] = f.connection("93.184.216.34", 443);
  std::string bytes;
  for (std::size_t i = 0; i < (std::size_t{8} << 20U); ++i) {
    bytes += static_cast<char>(i * 31 + i / 251);
  }
  for (const auto& [from, to] : {std::pair(&client, &server), std::pair(&server, &client)}) {
    std::thread writer([&, from = from] {
      send_all(*from, bytes);
      ::shutdown(from->get(), SHUT_WR);
    });
    const std::string received = read_all(*to);
    writer.join();
    CHECK((received == bytes));
  }
}

// The limit of docs/gateway.md for the guest's side: what a far end does not read does not pile up in the host's kernel.
TEST_CASE("what the kernel keeps of one connection is bounded") {
  Fixture f;
  const auto [client, server] = f.connection("93.184.216.34", 443);
  set_nonblocking(client.get());
  const std::string piece(65536, 'x');
  std::size_t sent = 0;
  do {
    const ssize_t count = ::send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    REQUIRE(sent < std::size_t{64} << 20U);
  } while (wait_writable(client.get(), Clock::now() + std::chrono::milliseconds(500)));
  int unacknowledged = 0;  // what the guest's own kernel still holds
  REQUIRE(::ioctl(client.get(), SIOCOUTQ, &unacknowledged) == 0);
  CHECK(sent - static_cast<std::size_t>(unacknowledged) <= std::size_t{256} << 10U);
  CHECK(sent > static_cast<std::size_t>(unacknowledged));
}

TEST_CASE("names are asked of one socket, whichever server the guest has in mind") {
  Fixture f;
  for (const char* server : {"10.0.2.3", "8.8.8.8", "10.0.2.2"}) {
    const UniqueFd resolver = f.guest.socket(AF_INET, SOCK_DGRAM);
    REQUIRE(connect_to(resolver, server, 53) == 0);  // takes answers from there only
    REQUIRE(::send(resolver.get(), "who", 3, 0) == 3);
    const Query query = receive_query(f.room.listeners.dns);
    CHECK(query.text == "who");
    CHECK(query.wanted == std::string(server) + ":53");
    answer_query(f.room.listeners.dns, query, server, "you");
    CHECK(read_some(resolver, 100) == "you");
  }
}

TEST_CASE("other datagrams are refused, not swallowed: again and again, without a limit per second") {
  Fixture f;
  for (int i = 0; i < 20; ++i) {
    const UniqueFd socket = f.guest.socket(AF_INET, SOCK_DGRAM);
    REQUIRE(connect_to(socket, "192.0.2.1", 123) == 0);
    REQUIRE(::send(socket.get(), "time?", 5, 0) == 5);
    REQUIRE(wait_readable(socket.get(), soon()));
    char byte = 0;
    CHECK(::recv(socket.get(), &byte, 1, 0) == -1);
    CHECK(errno == EHOSTUNREACH);
  }
}

// The listeners go with whoever held them: a gateway that was killed must leave a guest that is refused, not one that
// hangs or gets through.
TEST_CASE("when nobody listens the guest is refused at once") {
  Fixture f;
  f.everything_has_arrived();
  f.room.listeners = {};
  CHECK(connect_to(f.guest.socket(AF_INET, SOCK_STREAM), "93.184.216.34", 443) == ECONNREFUSED);
  const UniqueFd resolver = f.guest.socket(AF_INET, SOCK_DGRAM);
  REQUIRE(connect_to(resolver, "10.0.2.3", 53) == 0);
  REQUIRE(::send(resolver.get(), "who", 3, 0) == 3);
  REQUIRE(wait_readable(resolver.get(), soon()));
  char byte = 0;
  CHECK(::recv(resolver.get(), &byte, 1, 0) == -1);
}

// The attack: a tunnel in pings.
TEST_CASE("a ping is not answered") {
  Fixture f;
  f.everything_has_arrived();
  const UniqueFd raw = f.guest.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  icmphdr echo{};
  echo.type = ICMP_ECHO;
  echo.checksum = static_cast<std::uint16_t>(~htons(ICMP_ECHO << 8U));
  for (const char* ip : {"10.0.2.2", "8.8.8.8"}) {
    const sockaddr_in to = address(ip, 0);
    REQUIRE(::sendto(raw.get(), &echo, sizeof echo, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) ==
            sizeof echo);
  }
  f.everything_has_arrived();
  CHECK(nothing_to_read(raw));
}

// The attack: IPv6, which the rules know nothing of. Its neighbours would be found by multicast.
TEST_CASE("IPv6 is dead on the wire") {
  Fixture f;
  f.everything_has_arrived();
  const RawCard card(f.guest);
  const std::string link_local = "fe80000000000000505400fffeab0c01";
  // An echo request to all nodes, its checksum made for this source.
  card.send(from_hex("333300000001525400ab0c0186dd6000000000083aff" + link_local + "ff020000000000000000000000000001" +
                     "80000000"
                     "00010001"));
  // A neighbour solicitation for the room's own would-be address.
  card.send(from_hex("3333ffab0c02525400ab0c0186dd6000000000183aff" + link_local + "ff0200000000000000000001ffab0c02" +
                     "87000000"
                     "00000000"
                     "fe80000000000000505400fffeab0c02"));
  f.everything_has_arrived();
  CHECK(card.received(ETH_P_IPV6) == 0);
}

TEST_CASE("packets that claim to be somebody else's are dropped") {
  Fixture f;
  f.everything_has_arrived();
  const UniqueFd raw = f.guest.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  const sockaddr_in to = address("10.0.2.3", 53);
  for (const char* from : {"10.0.2.16", "10.0.2.2", "127.0.0.1", "8.8.8.8", "10.0.2.15"}) {
    const std::string packet = udp_packet(from, "10.0.2.3", 53, from);
    ::sendto(raw.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  CHECK(receive_query(f.room.listeners.dns).text == "10.0.2.15");
  f.everything_has_arrived();
  CHECK(nothing_to_read(f.room.listeners.dns));
}

// The attack: ARP from thousands of addresses. The kernel would remember each in a table that the host and all of its
// namespaces share the limit of; full, it costs the host its own neighbours.
TEST_CASE("ARP is answered to the guest's own address only") {
  Fixture f;
  f.everything_has_arrived();
  const RawCard card(f.guest);
  for (int i = 16; i < 80; ++i) {
    std::array<char, 3> last{};
    std::snprintf(last.data(), last.size(), "%02x", i);
    card.send(arp_request(std::string("0a0002") + last.data(), "0a000202"));
  }
  f.everything_has_arrived();
  CHECK(card.received(ETH_P_ARP) == 0);
  card.send(arp_request("0a00020f", "0a000203"));
  f.everything_has_arrived();
  CHECK(card.received(ETH_P_ARP) == 1);
}

// The attack: services on the host's loopback. The room has a loopback of its own, and nothing else.
TEST_CASE("the host's loopback is not reached") {
  Fixture f;
  const UniqueFd service(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in loopback = address("127.0.0.1", 0);
  REQUIRE(::bind(service.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0);
  REQUIRE(::listen(service.get(), 8) == 0);
  const std::string name = local_name(service);
  const auto port = static_cast<std::uint16_t>(std::stoi(name.substr(name.find(':') + 1)));

  CHECK(local_name(f.connection("10.0.2.2", port).second) == "10.0.2.2:" + std::to_string(port));
  // To 127.0.0.1 by way of the wire: the room's kernel takes no such packet from a card.
  const UniqueFd raw = f.guest.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  const sockaddr_in by = address("10.0.2.2", 0);
  const std::string packet = udp_packet("10.0.2.15", "127.0.0.1", 53, "x");
  ::sendto(raw.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&by), sizeof by);
  f.everything_has_arrived();
  CHECK(nothing_to_read(f.room.listeners.dns));
  CHECK(nothing_to_read(service));
}

TEST_CASE("dial reaches the guest's own servers") {
  Fixture f;
  const UniqueFd sshd = f.guest.socket(AF_INET, SOCK_STREAM);
  const sockaddr_in any = address("0.0.0.0", 22);
  REQUIRE(::bind(sshd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(sshd.get(), 8) == 0);
  for (int i = 0; i < 20; ++i) {  // more often than the desk has places
    const UniqueFd client = f.room->dial(Port(22), soon());
    const UniqueFd server = accept_from(sshd);
    send_all(server, "SSH-2.0");
    CHECK(read_some(client, 100) == "SSH-2.0");
    REQUIRE(wait_writable(client.get(), soon()));
    send_all(client, "hello");
    CHECK(read_some(server, 100) == "hello");
  }
}

TEST_CASE("dialling a port where nobody listens is refused by the guest") {
  Fixture f;
  const UniqueFd client = f.room->dial(Port(23), soon());
  REQUIRE(wait_writable(client.get(), soon()));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(client.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  CHECK(error == ECONNREFUSED);
}

TEST_CASE("two rooms do not see each other") {
  Fixture one;
  Fixture other;
  const UniqueFd server = one.guest.socket(AF_INET, SOCK_STREAM);
  const sockaddr_in any = address("0.0.0.0", 7000);
  REQUIRE(::bind(server.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(server.get(), 8) == 0);
  // The same addresses in both, and yet each reaches its own.
  const UniqueFd wrong = other.room->dial(Port(7000), soon());
  REQUIRE(wait_writable(wrong.get(), soon()));
  CHECK(nothing_to_read(server));
  const UniqueFd right = one.room->dial(Port(7000), soon());
  CHECK(accept_from(server).valid());
  other.connection("10.0.2.2", 7000);
  CHECK(nothing_to_read(one.room.listeners.tcp));
}

}  // namespace agentbox::room_test
