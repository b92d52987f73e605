// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/stack/packet.hpp"

#include <algorithm>
#include <cstring>

// Offsets are those of RFC 791 (IPv4), 9293 (TCP), 768 (UDP), 792 (ICMP), 826 (ARP).

namespace agentbox::wire {
namespace {

constexpr std::uint16_t type_ipv4 = 0x0800;
constexpr std::uint16_t type_arp = 0x0806;
constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::size_t quoted_size = 8;  // of a refused packet's content

std::uint8_t get8(Bytes bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
std::uint16_t get16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(get8(bytes, at) << 8U | get8(bytes, at + 1));
}
std::uint32_t get32(Bytes bytes, std::size_t at) {
  return std::uint32_t{get16(bytes, at)} << 16U | get16(bytes, at + 2);
}

void put8(std::span<char> space, std::size_t at, unsigned value) { space[at] = static_cast<char>(value); }
void put16(std::span<char> space, std::size_t at, unsigned value) {
  put8(space, at, value >> 8U);
  put8(space, at + 1, value & 0xFFU);
}
void put32(std::span<char> space, std::size_t at, std::uint32_t value) {
  put16(space, at, value >> 16U);
  put16(space, at + 2, value & 0xFFFFU);
}

/// The sum of 16-bit words (RFC 1071), not folded: 64 bits hold that of any packet. Added up in the machine's own byte order,
/// which is right for the sum's bytes.
std::uint64_t sum_of(Bytes bytes) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum += word;
  }
  if (at < bytes.size()) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    sum += word;
  }
  return sum;
}

void put_checksum(std::span<char> space, std::size_t at, std::uint64_t sum) {
  while (sum >> 16U != 0) {
    sum = (sum & 0xFFFFU) + (sum >> 16U);
  }
  const auto folded = static_cast<std::uint16_t>(~sum);
  std::memcpy(space.data() + at, &folded, sizeof folded);
}

/// Addresses, protocol and length, which TCP's and UDP's sums include.
std::uint64_t pseudo_header(std::uint32_t from, std::uint32_t to, unsigned protocol, std::size_t length) {
  std::array<char, 12> header{};
  put32(header, 0, from);
  put32(header, 4, to);
  put16(header, 8, protocol);
  put16(header, 10, static_cast<unsigned>(length));
  return sum_of(header);
}

bool may_be_reached(std::uint32_t address) {
  const std::uint32_t network = address >> 24U;
  return network != 0 && network != 127 && network < 224 && address != guest_number;
}

void read_arp(Bytes arp, Received& received) {
  constexpr std::uint64_t ethernet_for_ipv4 = 0x000108000604;  // and then the operation
  if (arp.size() < 28 || (std::uint64_t{get32(arp, 0)} << 16U | get16(arp, 4)) != ethernet_for_ipv4 ||
      get32(arp, 14) != guest_number) {
    return;
  }
  const std::uint32_t wanted = get32(arp, 24);
  if (get16(arp, 6) == 1 && wanted != guest_number) {
    received.what = ArpQuestion{wanted};
  } else if (get16(arp, 6) == 2) {
    received.what = ArpAnswer{};
  }
}

void read_options(Bytes options, TcpSegment& segment) {
  for (std::size_t at = 0; at < options.size() && get8(options, at) != 0;) {
    if (get8(options, at) == 1) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? get8(options, at + 1) : 0;
    if (length < 2 || at + length > options.size()) {
      return;
    }
    if (get8(options, at) == 2 && length == 4) {
      segment.most = get16(options, at + 2);
    } else if (get8(options, at) == 3 && length == 3) {
      segment.window_scale = std::min<std::uint8_t>(get8(options, at + 2), 14);
    }
    at += length;
  }
}

std::optional<TcpSegment> read_tcp(std::uint32_t to, Bytes tcp) {
  const std::size_t header = tcp.size() < tcp_size ? 0 : std::size_t{get8(tcp, 12)} / 16 * 4;
  if (header < tcp_size || header > tcp.size()) {
    return std::nullopt;
  }
  TcpSegment segment{.far_address = to,
                     .far_port = get16(tcp, 2),
                     .guest_port = get16(tcp, 0),
                     .sequence = get32(tcp, 4),
                     .acknowledged = get32(tcp, 8),
                     .flags = get8(tcp, 13),
                     .window = get16(tcp, 14),
                     .payload = tcp.subspan(header)};
  if (segment.has(TcpFlags::syn)) {
    read_options(tcp.subspan(tcp_size, header - tcp_size), segment);
  }
  return segment;
}

std::optional<Datagram> read_udp(std::uint32_t to, Bytes packet, Bytes udp) {
  const std::size_t length = udp.size() < udp_size ? 0 : get16(udp, 4);
  if (length < udp_size || length > udp.size()) {
    return std::nullopt;
  }
  return Datagram{.far_address = to,
                  .far_port = get16(udp, 2),
                  .guest_port = get16(udp, 0),
                  .payload = udp.subspan(udp_size, length - udp_size),
                  .packet = packet};
}

template <class What>
void put_if_any(Received& received, const std::optional<What>& what) {
  if (what) {
    received.what = *what;
  }
}

void read_ipv4(Bytes packet, Received& received) {
  const std::size_t header = packet.size() < ipv4_size ? 0 : std::size_t{get8(packet, 0) & 15U} * 4;
  if (header < ipv4_size || get8(packet, 0) >> 4U != 4) {
    return;
  }
  const std::size_t length = get16(packet, 2);
  constexpr unsigned more_or_offset = 0x3FFF;
  if (length < header || length > packet.size() || (get16(packet, 6) & more_or_offset) != 0 ||
      get32(packet, 12) != guest_number || !may_be_reached(get32(packet, 16))) {
    return;
  }
  packet = packet.first(length);  // a short frame is padded
  const Bytes content = packet.subspan(header);
  if (get8(packet, 9) == protocol_tcp) {
    put_if_any(received, read_tcp(get32(packet, 16), content));
  } else if (get8(packet, 9) == protocol_udp) {
    put_if_any(received, read_udp(get32(packet, 16), packet, content));
  }
}

void put_ethernet(std::span<char> space, const HardwareAddress& to, unsigned type) {
  std::copy(to.begin(), to.end(), space.begin());
  std::memcpy(space.data() + 6, room_mac, sizeof room_mac);
  put16(space, 12, type);
}

/// Returns what is behind the header.
std::span<char> put_ipv4(std::span<char> space, const HardwareAddress& to, std::uint32_t from, unsigned protocol) {
  put_ethernet(space, to, type_ipv4);
  const std::span<char> packet = space.subspan(ethernet_size);
  put32(packet, 0, 0x45000000U | static_cast<std::uint32_t>(packet.size()));
  put32(packet, 4, 0x00004000U);  // no identification: never in fragments
  put32(packet, 8, 64U << 24U | protocol << 16U);
  put32(packet, 12, from);
  put32(packet, 16, guest_number);
  put_checksum(packet, 10, sum_of(packet.first(ipv4_size)));
  return packet.subspan(ipv4_size);
}

bool has_options(const TcpSegment& segment) { return segment.has(TcpFlags::syn); }

void put_options(std::span<char> options, const TcpSegment& segment) {
  put32(options, 0, 2U << 24U | 4U << 16U | segment.most.value_or(536));
  put32(options, 4, segment.window_scale ? 1U << 24U | 3U << 16U | 3U << 8U | *segment.window_scale : 0x01010101U);
}

void put_arp(std::span<char> space, const HardwareAddress& to, unsigned operation, std::uint32_t sender) {
  put_ethernet(space, to, type_arp);
  const std::span<char> arp = space.subspan(ethernet_size);
  put32(arp, 0, 0x00010800U);
  put32(arp, 4, 0x06040000U | operation);
  std::memcpy(arp.data() + 8, room_mac, sizeof room_mac);
  put32(arp, 14, sender);
  std::copy(to.begin(), to.end(), arp.begin() + 18);
  put32(arp, 24, guest_number);
}

}  // namespace

Received read_frame(Bytes frame) {
  Received received;
  if (frame.size() < ethernet_size) {
    return received;
  }
  std::copy_n(frame.begin() + 6, received.from.size(), received.from.begin());
  if (get16(frame, 12) == type_arp) {
    read_arp(frame.subspan(ethernet_size), received);
  } else if (get16(frame, 12) == type_ipv4) {
    read_ipv4(frame.subspan(ethernet_size), received);
  }
  return received;
}

std::size_t frame_size(const TcpSegment& segment) {
  return ethernet_size + ipv4_size + tcp_size + (has_options(segment) ? tcp_options_size : 0) + segment.payload.size();
}

std::size_t frame_size(const Datagram& datagram) {
  return ethernet_size + ipv4_size + udp_size + datagram.payload.size();
}

namespace {
std::size_t quoted(const Datagram& refused) {
  const std::size_t header = (static_cast<std::size_t>(refused.packet[0]) & 15U) * 4;
  return std::min(header + quoted_size, refused.packet.size());
}
}  // namespace

std::size_t unreachable_size(const Datagram& refused) { return ethernet_size + ipv4_size + 8 + quoted(refused); }

void write_segment(std::span<char> space, const HardwareAddress& to, const TcpSegment& segment) {
  const std::span<char> tcp = put_ipv4(space, to, segment.far_address, protocol_tcp);
  const std::size_t header = tcp.size() - segment.payload.size();
  put16(tcp, 0, segment.far_port);
  put16(tcp, 2, segment.guest_port);
  put32(tcp, 4, segment.sequence);
  put32(tcp, 8, segment.acknowledged);
  put16(tcp, 12, static_cast<unsigned>(header / 4) << 12U | segment.flags);
  put16(tcp, 14, segment.window);
  put32(tcp, 16, 0);
  if (has_options(segment)) {
    put_options(tcp.subspan(tcp_size, tcp_options_size), segment);
  }
  put_checksum(tcp, 16, pseudo_header(segment.far_address, guest_number, protocol_tcp, tcp.size()) + sum_of(tcp));
}

void write_datagram(std::span<char> space, const HardwareAddress& to, const Datagram& datagram) {
  const std::span<char> udp = put_ipv4(space, to, datagram.far_address, protocol_udp);
  put16(udp, 0, datagram.far_port);
  put16(udp, 2, datagram.guest_port);
  put16(udp, 4, static_cast<unsigned>(udp.size()));
  put16(udp, 6, 0);  // no checksum: none is needed here
  std::copy(datagram.payload.begin(), datagram.payload.end(), udp.begin() + udp_size);
}

void write_arp_answer(std::span<char> space, const HardwareAddress& to, std::uint32_t asked) {
  put_arp(space, to, 2, asked);
}

void write_arp_question(std::span<char> space) {
  HardwareAddress everybody;
  everybody.fill(static_cast<char>(0xFF));
  put_arp(space, everybody, 1, room_number);
}

void write_unreachable(std::span<char> space, const HardwareAddress& to, const Datagram& refused, std::uint8_t code) {
  const std::span<char> icmp = put_ipv4(space, to, refused.far_address, protocol_icmp);
  put32(icmp, 0, 3U << 24U | std::uint32_t{code} << 16U);
  put32(icmp, 4, 0);
  std::copy_n(refused.packet.begin(), icmp.size() - 8, icmp.begin() + 8);
  put_checksum(icmp, 2, sum_of(icmp));
}

}  // namespace agentbox::wire
