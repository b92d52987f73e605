// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace agentbox {

/// An IPv4 or IPv6 address without scope. IPv4 is kept as such, never as ::ffff:a.b.c.d.
class IpAddress {
 public:
  /// Dotted quad of four decimal numbers, or RFC 4291 text without brackets and zone; nothing that inet_aton() adds.
  static std::optional<IpAddress> parse(std::string_view text);
  static constexpr IpAddress v4(std::uint32_t host_order) {
    IpAddress address;
    for (unsigned i = 0; i < 4; ++i) {
      address.bytes_[i] = static_cast<std::uint8_t>(host_order >> (24U - 8U * i));
    }
    return address;
  }
  static IpAddress v6(std::span<const std::uint8_t, 16> bytes);

  [[nodiscard]] bool is_v4() const { return !v6_; }
  /// Host byte order. Only for IPv4.
  [[nodiscard]] std::uint32_t v4_value() const;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(v6_ ? 16 : 4); }
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v6_ = false;
};

/// Whether two addresses are of one network, as the mask of an interface says. Never for different families, nor for a
/// mask without a bit, whose network is the whole world.
bool same_network(const IpAddress& a, const IpAddress& b, const IpAddress& mask);

/// The IPv4 address inside 64:ff9b::/96 (NAT64); none for any other address.
std::optional<IpAddress> nat64_inside(const IpAddress& address);

/// Where an address leads, by the IANA special-purpose registries. Only global is dialled without being asked for by
/// number.
enum class AddressClass {
  global,
  loopback,
  local,     ///< private, CGNAT, unique local: somebody's LAN
  metadata,  ///< where clouds answer with credentials of the machine
  never,     ///< link-local, multicast, unspecified, reserved, and the forms that hide another address inside
};
AddressClass classify(const IpAddress& address);
std::string_view to_string(AddressClass address_class);

/// Whether a single "lan:" entry may open it: loopback and local. Metadata and never stay closed whoever asks.
bool may_be_opened(AddressClass address_class);

}  // namespace agentbox
