// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace agentbox {
namespace {

struct V4Range {
  std::uint32_t network;
  unsigned prefix;
  AddressClass address_class;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24U | b << 16U | c << 8U | d;
}

// The first match counts, so single addresses stand before the ranges around them.
constexpr V4Range v4_ranges[] = {
    {quad(169, 254, 169, 254), 32, AddressClass::metadata},  // AWS, Azure, Google, OpenStack, and many more
    {quad(169, 254, 170, 2), 32, AddressClass::metadata},    // AWS, of containers
    {quad(100, 100, 100, 200), 32, AddressClass::metadata},  // Alibaba
    {quad(168, 63, 129, 16), 32, AddressClass::metadata},    // Azure's host agent, in a range that looks global
    {quad(192, 0, 0, 192), 32, AddressClass::metadata},      // Oracle
    {quad(0, 0, 0, 0), 8, AddressClass::never},              // "this network"; Linux takes 0.0.0.0 for loopback
    {quad(10, 0, 0, 0), 8, AddressClass::local},
    {quad(100, 64, 0, 0), 10, AddressClass::local},
    {quad(127, 0, 0, 0), 8, AddressClass::loopback},
    {quad(169, 254, 0, 0), 16, AddressClass::never},
    {quad(172, 16, 0, 0), 12, AddressClass::local},
    {quad(192, 0, 0, 0), 24, AddressClass::never},
    {quad(192, 0, 2, 0), 24, AddressClass::never},
    {quad(192, 88, 99, 0), 24, AddressClass::never},
    {quad(192, 168, 0, 0), 16, AddressClass::local},
    {quad(198, 18, 0, 0), 15, AddressClass::never},  // also where the gateway's own synthetic addresses lie
    {quad(198, 51, 100, 0), 24, AddressClass::never},
    {quad(203, 0, 113, 0), 24, AddressClass::never},
    {quad(224, 0, 0, 0), 3, AddressClass::never},  // multicast, reserved, broadcast
};

AddressClass classify_v4(std::uint32_t address) {
  for (const auto& range : v4_ranges) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32U - range.prefix);
    if ((address & mask) == range.network) {
      return range.address_class;
    }
  }
  return AddressClass::global;
}

bool begins_with(std::span<const std::uint8_t> bytes, std::initializer_list<unsigned> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin(),
                    [](unsigned wanted, std::uint8_t byte) { return wanted == byte; });
}

std::uint32_t embedded_v4(std::span<const std::uint8_t> bytes) {
  return quad(bytes[12], bytes[13], bytes[14], bytes[15]);
}

bool is_nat64(std::span<const std::uint8_t> bytes) {
  return begins_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
}

AddressClass classify_v6(std::span<const std::uint8_t> bytes) {
  if (begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})) {
    return AddressClass::loopback;
  }
  if (begins_with(bytes, {0xfd, 0x00, 0x0e, 0xc2}) || begins_with(bytes, {0xfd, 0x20, 0x00, 0xce})) {
    return AddressClass::metadata;  // AWS (fd00:ec2::254), Google (fd20:ce::254)
  }
  if ((bytes[0] & 0xFEU) == 0xFCU) {
    return AddressClass::local;
  }
  // NAT64: on a host that has only IPv6 this is how a resolver writes any IPv4 address, so the one inside counts.
  if (is_nat64(bytes)) {
    return classify_v4(embedded_v4(bytes));
  }
  if ((bytes[0] & 0xE0U) != 0x20U) {  // IANA has given out nothing but 2000::/3; ::ffff:0:0/96 is not in there
    return AddressClass::never;
  }
  const bool hides_another =
      begins_with(bytes, {0x20, 0x02}) || begins_with(bytes, {0x20, 0x01, 0, 0});          // 6to4, Teredo
  const bool protocol_assignments = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 2;  // 2001::/23
  const bool documentation = begins_with(bytes, {0x20, 0x01, 0x0d, 0xb8}) || begins_with(bytes, {0x3f, 0xff});
  return hides_another || protocol_assignments || documentation ? AddressClass::never : AddressClass::global;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.size() > 45) {
    return std::nullopt;  // inet_pton() would stop at the NUL
  }
  const std::string terminated(text);
  in_addr four{};
  if (::inet_pton(AF_INET, terminated.c_str(), &four) == 1) {
    return v4(ntohl(four.s_addr));
  }
  std::array<std::uint8_t, 16> six{};
  if (::inet_pton(AF_INET6, terminated.c_str(), six.data()) == 1) {
    return v6(six);
  }
  return std::nullopt;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  address.v6_ = true;
  return address;
}

std::uint32_t IpAddress::v4_value() const { return quad(bytes_[0], bytes_[1], bytes_[2], bytes_[3]); }

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

bool same_network(const IpAddress& a, const IpAddress& b, const IpAddress& mask) {
  if (a.is_v4() != b.is_v4() || a.is_v4() != mask.is_v4()) {
    return false;
  }
  unsigned any = 0;
  for (std::size_t i = 0; i < mask.bytes().size(); ++i) {
    if (((a.bytes()[i] ^ b.bytes()[i]) & mask.bytes()[i]) != 0) {
      return false;
    }
    any |= mask.bytes()[i];
  }
  return any != 0;
}

std::optional<IpAddress> nat64_inside(const IpAddress& address) {
  if (address.is_v4() || !is_nat64(address.bytes())) {
    return std::nullopt;
  }
  return IpAddress::v4(embedded_v4(address.bytes()));
}

AddressClass classify(const IpAddress& address) {
  return address.is_v4() ? classify_v4(address.v4_value()) : classify_v6(address.bytes());
}

std::string_view to_string(AddressClass address_class) {
  switch (address_class) {
    case AddressClass::global:
      return "global";
    case AddressClass::loopback:
      return "loopback";
    case AddressClass::local:
      return "local network";
    case AddressClass::metadata:
      return "cloud metadata";
    case AddressClass::never:
      break;
  }
  return "special-purpose";
}

bool may_be_opened(AddressClass address_class) {
  return address_class == AddressClass::loopback || address_class == AddressClass::local;
}

}  // namespace agentbox
