// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace agentbox::wire {

/// Hands out connections to the guest's ports (see dial.cpp for the conversation). Only to processes of our own user.
/// Holds a few callers at a time: who asks nothing loses its place to the next. Allocates nothing.
class DialDesk {
 public:
  static constexpr std::size_t places = 8;
  static constexpr std::size_t poll_size = places + 1;

  /// Begins a connection to a port of the guest and returns what the caller gets of it; invalid when that fails.
  using Begin = std::function<UniqueFd(std::uint16_t port)>;

  /// Does not own the listener, which must be non-blocking. user: the one user who is served, as this process sees it.
  DialDesk(int listener, unsigned user, Begin begin) : listener_(listener), user_(user), begin_(std::move(begin)) {}

  /// What to poll for, and what poll(2) said of it.
  void fill(std::span<pollfd, poll_size> set) const;
  void serve(std::span<const pollfd, poll_size> set) noexcept;

 private:
  void take_caller() noexcept;
  void answer(int caller) const;
  int listener_;
  unsigned user_;
  Begin begin_;
  std::array<UniqueFd, places> callers_;
  std::size_t next_place_ = 0;
};

/// DialDesk::Begin for a process that is in the room: a TCP socket of the room's.
UniqueFd begin_in_room(std::uint16_t port);

}  // namespace agentbox::wire
