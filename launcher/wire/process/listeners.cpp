// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/listeners.hpp"

#include "wire/process/problem.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace agentbox::wire {
namespace {

// Connections that nobody has accepted yet. Each may hold as much as tcp_rmem says.
constexpr int backlog = 512;

void turn_on(const UniqueFd& socket, int option) {
  const int on = 1;
  if (::setsockopt(socket.get(), IPPROTO_IP, option, &on, sizeof on) != 0) {
    throw problem(Report::failed, "cannot set an option of the room's socket");
  }
}

UniqueFd bound_socket(int type, std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    throw problem(Report::failed, "cannot make the room's socket");
  }
  turn_on(socket, IP_TRANSPARENT);  // or tproxy passes it over
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
    throw problem(Report::failed, "cannot bind the room's socket");
  }
  return socket;
}

}  // namespace

Listeners open_listeners() {
  Listeners listeners{bound_socket(SOCK_STREAM, tcp_listener_port), bound_socket(SOCK_DGRAM, dns_port)};
  if (::listen(listeners.tcp.get(), backlog) != 0) {
    throw problem(Report::failed, "cannot listen in the room");
  }
  turn_on(listeners.dns, IP_RECVORIGDSTADDR);
  return listeners;
}

}  // namespace agentbox::wire
