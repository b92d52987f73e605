// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace agentbox {

/// An IPv4 address and a port, in host byte order.
struct AddressAndPort {
  std::uint32_t address = 0;
  std::uint16_t port = 0;
  friend bool operator==(const AddressAndPort&, const AddressAndPort&) = default;
};

/// How agentbox-wire and the gateway write it in front of what they hand each other, where a socket itself cannot tell
/// (wire/network_room.hpp, RoomSpec::Stack::own): 4 bytes and 2 bytes, big-endian.
inline constexpr std::size_t address_label_size = 6;

inline std::array<char, address_label_size> address_label(const AddressAndPort& value) {
  const auto byte = [](std::uint32_t from, unsigned shift) { return static_cast<char>(from >> shift & 0xFFU); };
  return {byte(value.address, 24), byte(value.address, 16), byte(value.address, 8),
          byte(value.address, 0),  byte(value.port, 8),     byte(value.port, 0)};
}

/// From the beginning of bytes; no value when they are too few.
inline std::optional<AddressAndPort> read_address_label(std::string_view bytes) {
  if (bytes.size() < address_label_size) {
    return std::nullopt;
  }
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
  return AddressAndPort{byte(0) << 24U | byte(1) << 16U | byte(2) << 8U | byte(3),
                        static_cast<std::uint16_t>(byte(4) << 8U | byte(5))};
}

}  // namespace agentbox
