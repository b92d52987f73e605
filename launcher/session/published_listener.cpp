// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/published_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/error.hpp"

namespace agentbox {
namespace {

UniqueFd listen_on_loopback(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // connections of a session before may linger
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    return {};
  }
  return socket;
}

}  // namespace

std::vector<PublishedListener> listen_for(const std::vector<PublishedPort>& ports) {
  std::vector<PublishedListener> listeners;
  for (const auto& [host, guest] : ports) {
    UniqueFd socket = listen_on_loopback(host);
    if (!socket) {
      throw Error(ErrorKind::environment,
                  fmt::format("cannot publish the VM's port {} as 127.0.0.1:{}: {}", guest, host, std::strerror(errno)),
                  fmt::format("publish it by another number: --publish HOST:{}", guest));
    }
    listeners.push_back({std::move(socket), Port(guest)});
  }
  return listeners;
}

}  // namespace agentbox
