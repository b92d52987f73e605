// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace agentbox::wire {

/// A packet socket (packet(7)) on wire0 with a ring that the kernel receives into (PACKET_RX_RING, TPACKET_V2). A ring
/// rather than recv(2): its size is ours to choose, where a socket's buffer is limited by the host to two or three
/// frames of our size. When the ring is full the kernel drops frames, as a wire does.
class PacketRing {
 public:
  /// Needs the network namespace's capabilities. Throws Problem.
  PacketRing();
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  /// Readable when front() has a frame.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// The oldest frame that came from the room; valid, and the same again, until pop().
  std::optional<std::span<const char>> front();
  void pop();

  /// Sends a frame into the room. What the kernel does not take (malformed, too long, no memory) is lost.
  void send(std::span<const char> frame) noexcept;

 private:
  [[nodiscard]] char* slot() const;
  UniqueFd socket_;
  char* ring_ = nullptr;
  std::size_t next_ = 0;
};

}  // namespace agentbox::wire
