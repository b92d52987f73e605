// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <poll.h>

#include <array>
#include <cstddef>
#include <span>

namespace agentbox::wire {

/// Hands out TCP sockets to the guest's ports (see dial.cpp for the conversation). Only to processes of our own user.
/// Holds a few callers at a time: who asks nothing loses its place to the next. Allocates nothing.
class DialDesk {
 public:
  static constexpr std::size_t places = 8;
  static constexpr std::size_t poll_size = places + 1;

  /// Does not own the listener, which must be non-blocking.
  explicit DialDesk(int listener) : listener_(listener) {}

  /// What to poll for, and what poll(2) said of it.
  void fill(std::span<pollfd, poll_size> set) const;
  void serve(std::span<const pollfd, poll_size> set) noexcept;

 private:
  void take_caller() noexcept;
  int listener_;
  std::array<UniqueFd, places> callers_;
  std::size_t next_place_ = 0;
};

}  // namespace agentbox::wire
