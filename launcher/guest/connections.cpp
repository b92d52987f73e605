// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/connections.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "guest/fail.hpp"
#include "guest/fd.hpp"

// sock_diag(7). SOCK_DESTROY (Linux 4.5) is what `ss --kill` does; a kernel without it leaves the connections to their time limits.
namespace agentbox::guest {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

void ask(int socket, std::uint16_t type, std::uint16_t flags, const inet_diag_req_v2& body) {
  Request request{.header = {}, .body = body};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  if (send(socket, &request, sizeof request, 0) < 0) {
    fail("cannot ask for the machine's connections");
  }
}

bool is_loopback(const inet_diag_msg& connection) {
  in6_addr peer{};
  std::memcpy(&peer, connection.id.idiag_dst, sizeof peer);
  if (connection.idiag_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&peer)) {
    return IN6_IS_ADDR_LOOPBACK(&peer);
  }
  const auto word = connection.idiag_family == AF_INET ? connection.id.idiag_dst[0] : connection.id.idiag_dst[3];
  return (ntohl(word) >> 24U) == 127;
}

std::vector<inet_diag_msg> connections(int socket, std::uint8_t family) {
  inet_diag_req_v2 wanted{};
  wanted.sdiag_family = family;
  wanted.sdiag_protocol = IPPROTO_TCP;
  wanted.idiag_states = ~((1U << TCP_LISTEN) | (1U << TCP_TIME_WAIT) | (1U << TCP_CLOSE));
  ask(socket, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, wanted);
  std::vector<inet_diag_msg> found;
  alignas(nlmsghdr) std::array<char, 32768> buffer;
  while (true) {
    const ssize_t count = recv(socket, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      fail("cannot hear of the machine's connections");
    }
    auto left = static_cast<unsigned>(count);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
        return found;
      }
      found.push_back(*static_cast<const inet_diag_msg*>(NLMSG_DATA(message)));
    }
  }
}

}  // namespace

void end_connections() {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket.valid()) {
    fail("cannot ask for the machine's connections");
  }
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    for (const auto& connection : connections(socket.get(), family)) {
      if (is_loopback(connection)) {
        continue;
      }
      inet_diag_req_v2 one{};
      one.sdiag_family = connection.idiag_family;
      one.sdiag_protocol = IPPROTO_TCP;
      one.id = connection.id;
      ask(socket.get(), SOCK_DESTROY, NLM_F_ACK, one);
      std::array<char, 4096> answer;
      static_cast<void>(recv(socket.get(), answer.data(), answer.size(), 0));
    }
  }
}

}  // namespace agentbox::guest
