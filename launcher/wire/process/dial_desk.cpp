// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/dial_desk.hpp"

#include "sys/fd_passing.hpp"
#include "wire/protocol.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace agentbox::wire {
namespace {

/// Of the caller's user as it was when it connected. Users that our namespace does not know never equal ours.
bool belongs_to(unsigned user, int caller) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == user;
}

}  // namespace

UniqueFd begin_in_room(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in guest{};
  guest.sin_family = AF_INET;
  guest.sin_port = htons(port);
  ::inet_pton(AF_INET, guest_address, &guest.sin_addr);
  if (socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&guest), sizeof guest) != 0 &&
      errno != EINPROGRESS) {
    socket.reset();
  }
  return socket;
}

void DialDesk::answer(int caller) const {
  std::uint16_t port = 0;
  // Two bytes are sent in one piece and come so; who sends one is not one of ours.
  if (::recv(caller, &port, sizeof port, MSG_DONTWAIT) != static_cast<ssize_t>(sizeof port)) {
    return;
  }
  if (const UniqueFd socket = begin_(ntohs(port))) {
    send_with_fds(caller, "+", {socket.get()});
  }
}

void DialDesk::fill(std::span<pollfd, poll_size> set) const {
  set[0] = {listener_, POLLIN, 0};
  for (std::size_t i = 0; i < places; ++i) {
    set[i + 1] = {callers_[i].get(), POLLIN, 0};  // poll(2) passes over -1
  }
}

void DialDesk::serve(std::span<const pollfd, poll_size> set) noexcept {
  for (std::size_t i = 0; i < places; ++i) {
    if (set[i + 1].revents != 0) {
      answer(callers_[i].get());
      callers_[i].reset();
    }
  }
  if (set[0].revents != 0) {
    take_caller();
  }
}

void DialDesk::take_caller() noexcept {
  UniqueFd caller(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (caller && belongs_to(user_, caller.get())) {
    callers_[next_place_] = std::move(caller);
    next_place_ = (next_place_ + 1) % places;
  }
}

}  // namespace agentbox::wire
