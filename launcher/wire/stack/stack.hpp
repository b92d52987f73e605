// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"
#include "wire/stack/tcp_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace agentbox::wire {

/// What is at the far end of the guest's cable where no network namespace can be had: every address but the guest's own. It
/// answers ARP, ends TCP connections in socket pairs of which it hands one end on, hands DNS datagrams on, and refuses all
/// other datagrams. It makes no socket that leads anywhere, so nothing of the host is in its reach. One thread; all memory
/// is taken at the start.
class Stack {
 public:
  static constexpr std::size_t places = 1024;  ///< connections at once; one more is reset
  static constexpr std::size_t poll_size = places + 1;
  using Time = TcpConnection::Time;

  /// connections: SOCK_SEQPACKET, non-blocking; each connection goes there as an address_label() of where the guest
  /// wanted to go, with one descriptor. names: SOCK_SEQPACKET; DNS questions go there and answers come, each behind two
  /// labels: the server's that the guest asked, and the guest's. Both are owned by the caller.
  Stack(int connections, int names);

  /// Fewer at once than there are places: each takes a descriptor, and poll(2) refuses a set that is larger than their
  /// limit.
  void limit_connections(std::size_t most) { most_ = std::min(most, places); }

  void take_frame(Bytes frame);
  /// A connection to a port of the guest: the other end of it, at once, before the guest has answered. Invalid when there is no place.
  UniqueFd dial(std::uint16_t port);

  /// What to poll for, and what poll(2) said of it. Returns how many entries are in use.
  std::size_t fill(std::span<pollfd, poll_size> set);
  void serve(std::span<const pollfd> set);
  /// For those whose time has come; call before send_all().
  void on_time(Time now);
  [[nodiscard]] std::optional<Time> alarm() const;
  /// Writes what is due, as far as there is room. Who goes first changes: one that fills all the room there is does not
  /// keep the others from sending.
  void send_all(Time now);

  FrameQueue frames;  ///< to the guest; who owns the stack flushes it

 private:
  struct Place {
    std::optional<TcpConnection> connection;
  };
  [[nodiscard]] std::span<char> memory_of(std::size_t place) const;
  std::optional<std::size_t> free_place() const;
  void enter(std::size_t place);
  void leave(std::size_t active);
  TcpConnection* find(const TcpConnection::Name& name);
  void take_segment(const TcpSegment& segment);
  void begin(const TcpSegment& syn);
  void refuse(const TcpSegment& segment);
  void take_datagram(const Datagram& datagram);
  void take_answer();
  [[nodiscard]] std::uint32_t next_sequence() { return sequence_ += 64013; }

  int connections_;
  int names_;
  std::optional<HardwareAddress> guest_;
  std::uint32_t sequence_;
  std::uint16_t next_port_ = 0;
  std::unique_ptr<char[]> memory_;  ///< buffers of all places; costs what is touched
  std::unique_ptr<std::array<Place, places>> connections_at_;
  std::array<std::uint16_t, places> active_{};  ///< places in use
  std::size_t active_count_ = 0;
  std::size_t most_ = places;
  std::size_t first_to_send_ = 0;  ///< in active_
};

}  // namespace agentbox::wire
