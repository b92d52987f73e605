// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"
#include "wire/stack/byte_ring.hpp"
#include "wire/stack/frame_queue.hpp"
#include "wire/stack/packet.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace agentbox::wire {

/// The end of one TCP connection of the guest: its segments on one side, a unix stream socket on the other, whose far end
/// somebody holds who thinks of it as the connection (RFC 9293, as far as it takes for a peer behind a wire that seldom
/// loses: no selective acknowledgements, no congestion control, no TIME-WAIT; segments out of order are asked for again).
/// Flow control is real: what the other side does not read stops the guest, and the other way round.
class TcpConnection {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  /// Which connection of the guest this is.
  struct Name {
    std::uint32_t far_address;
    std::uint16_t far_port;
    std::uint16_t guest_port;
    friend bool operator==(const Name&, const Name&) = default;
  };
  /// Bytes that wait for the guest to acknowledge them, and for the socket to take them. Powers of two; the second is the
  /// window that the guest is given.
  static constexpr std::size_t outgoing_size = std::size_t{128} << 10U;
  static constexpr std::size_t incoming_size = std::size_t{64} << 10U;

  /// Begins it: the guest's SYN, or one of ours. memory: outgoing_size + incoming_size bytes, not owned.
  TcpConnection(const TcpSegment& guests_syn, UniqueFd socket, std::uint32_t sequence, std::span<char> memory);
  TcpConnection(const Name& name, UniqueFd socket, std::uint32_t sequence, std::span<char> memory);

  [[nodiscard]] const Name& name() const { return name_; }
  /// True when nothing is left to be done.
  [[nodiscard]] bool ended() const { return phase_ == Phase::ended; }

  /// What poll(2) is to ask of socket(); -1: leave it alone.
  [[nodiscard]] int socket() const;
  [[nodiscard]] short events() const;
  void on_socket(short revents);

  void on_segment(const TcpSegment& segment);
  /// When on_time() wants to be called.
  [[nodiscard]] std::optional<Time> alarm() const { return alarm_; }
  void on_time(Time now);

  /// Writes what is due, as far as there is room. To be called after any of the above, and when there is room again.
  void send(FrameQueue& frames, const HardwareAddress& guest, Time now);

 private:
  enum class Phase { syn_received, syn_sent, open, ended };
  void take_options(const TcpSegment& syn);
  void on_synchronizing(const TcpSegment& segment);
  void take_acknowledgement(const TcpSegment& segment);
  void take_content(const TcpSegment& segment);
  void on_early_end();
  void read_socket(short revents);
  void write_socket();
  void reset();
  void finish_if_done();
  [[nodiscard]] std::uint16_t window() const;
  [[nodiscard]] std::uint32_t window_of(const TcpSegment& segment) const;
  [[nodiscard]] std::uint32_t in_flight() const { return sent_ - acknowledged_; }
  [[nodiscard]] bool wants_to_send() const;
  bool write(FrameQueue& frames, const HardwareAddress& guest, std::uint8_t flags, std::size_t from, std::size_t count);
  void send_content(FrameQueue& frames, const HardwareAddress& guest);
  void set_alarm(Time now);

  Name name_;
  UniqueFd socket_;
  Phase phase_;
  ByteRing outgoing_;
  ByteRing incoming_;

  // To the guest. Numbers wrap; differences count. acknowledged_ is where outgoing_ begins (but for SYN and FIN).
  std::uint32_t acknowledged_;
  std::uint32_t sent_;
  std::uint32_t most_sent_;  ///< before sending again began
  std::uint32_t guests_window_ = 0;
  std::uint8_t guests_scale_ = 0;
  std::size_t most_in_segment_ = 536;
  bool socket_ended_ = false;   ///< it will send no more: FIN after what is in outgoing_
  bool socket_gone_ = false;    ///< and takes no more
  bool anything_came_ = false;  ///< from the socket
  bool ended_early_ = false;    ///< it has gone before the connection was made, not without a word
  bool fin_acknowledged_ = false;
  int same_again_ = 0;  ///< acknowledgements that acknowledged nothing new

  // From the guest.
  std::uint32_t expected_ = 0;
  std::uint16_t shown_window_ = 0;
  bool scaled_ = false;
  bool guest_ended_ = false;
  bool told_socket_ = false;  ///< that the guest has ended

  bool owes_acknowledgement_ = false;
  bool owes_reset_ = false;
  bool probes_ = false;  ///< send one byte into a closed window
  int tries_ = 0;
  std::optional<Time> alarm_;
};

}  // namespace agentbox::wire
