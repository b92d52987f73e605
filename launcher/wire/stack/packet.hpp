// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/protocol.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

/// Frames read and written: Ethernet, ARP, IPv4, TCP, UDP, ICMP. Pure, bounded, allocates nothing. Numbers are in host byte
/// order. Checksums of what comes are not looked at: the way from the guest is a socket, and a guest that sends nonsense
/// harms its own connections.
namespace agentbox::wire {

using Bytes = std::span<const char>;
using HardwareAddress = std::array<char, 6>;

/// 10.0.2.2 and 10.0.2.15, as protocol.hpp has them in words.
inline constexpr std::uint32_t room_number = 0x0A000202;
inline constexpr std::uint32_t guest_number = 0x0A00020F;

struct ArpQuestion {
  std::uint32_t wanted;
};
/// To write_arp_question(): all that counts is whom it came from.
struct ArpAnswer {};

struct TcpFlags {
  static constexpr std::uint8_t fin = 1, syn = 2, rst = 4, psh = 8, ack = 16;
};

/// A segment, either way. far is the other side as the guest sees it: any address, any port.
struct TcpSegment {
  std::uint32_t far_address = 0;
  std::uint16_t far_port = 0;
  std::uint16_t guest_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;                    ///< as it stands in the header: not scaled
  std::optional<std::uint8_t> window_scale{};  ///< options of a SYN
  std::optional<std::uint16_t> most{};         ///< MSS
  Bytes payload{};
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

struct Datagram {
  std::uint32_t far_address = 0;
  std::uint16_t far_port = 0;
  std::uint16_t guest_port = 0;
  Bytes payload{};
  Bytes packet{};  ///< all of it from the IPv4 header on, for an ICMP error to quote
};

/// What came, with the guest's hardware address. monostate: nothing that is for us; it is lost.
struct Received {
  HardwareAddress from{};
  std::variant<std::monostate, ArpQuestion, ArpAnswer, TcpSegment, Datagram> what{};
};

/// Takes IPv4 and ARP from the guest's own address only, no fragments, no loopback, broadcast or multicast destination.
Received read_frame(Bytes frame);

inline constexpr std::size_t ethernet_size = 14;
inline constexpr std::size_t ipv4_size = 20;
inline constexpr std::size_t tcp_size = 20;
inline constexpr std::size_t tcp_options_size = 8;  ///< of a SYN: MSS and window scale
inline constexpr std::size_t udp_size = 8;
inline constexpr std::size_t arp_frame_size = 42;

/// Sizes of the frames that the functions below write.
std::size_t frame_size(const TcpSegment& segment);
std::size_t frame_size(const Datagram& datagram);
std::size_t unreachable_size(const Datagram& refused);

/// Each writes a whole frame to the guest into space, which must be of the very size. Of a segment's payload only the length is
/// taken: its bytes must stand at the end of space already.
void write_segment(std::span<char> space, const HardwareAddress& to, const TcpSegment& segment);
void write_datagram(std::span<char> space, const HardwareAddress& to, const Datagram& datagram);
void write_arp_answer(std::span<char> space, const HardwareAddress& to, std::uint32_t asked);
/// Asks for the guest's hardware address.
void write_arp_question(std::span<char> space);
/// ICMP destination unreachable. Codes: 3 nobody listens, 13 forbidden.
void write_unreachable(std::span<char> space, const HardwareAddress& to, const Datagram& refused, std::uint8_t code);

}  // namespace agentbox::wire
