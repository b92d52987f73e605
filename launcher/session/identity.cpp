// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/identity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

/// RFC 9562, version 4.
std::string random_uuid() {
  constexpr std::size_t uuid_bytes = 16;
  auto bytes = random_bytes(uuid_bytes);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  const std::string digits = to_hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4), digits.substr(16, 4),
                     digits.substr(20));
}

/// Begins as QEMU's addresses do: of 0x52 the second bit says that nobody assigned it, the first that it is one card's.
std::string random_mac() {
  constexpr std::size_t random_part = 5;
  return fmt::format("52:{:02x}", fmt::join(random_bytes(random_part), ":"));
}

}  // namespace

MachineIdentity make_identity(const std::string& session_id) {
  constexpr std::size_t machine_id_bytes = 16;
  return {.name = session_id,
          .machine_id = random_hex(machine_id_bytes),
          .boot_id = random_uuid(),
          .mac = random_mac(),
          .host_key = generate_key_pair()};
}

}  // namespace agentbox
