// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/host_name.hpp"
#include "egress/ip_address.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace agentbox {

/// An address block that stands for names. 198.18.0.0/15 (RFC 2544, benchmarks) is routed nowhere.
struct SyntheticRange {
  IpAddress first = IpAddress::v4(198U << 24U | 18U << 16U);  ///< the block's own address, which is not given out
  std::uint32_t size = 1U << 17U;
};

/// Gives each name an address of its own, the same one for the whole session, so that a connection to it is known by
/// name whatever it speaks. Bounded: when the limit is reached, names already known keep their addresses and new ones
/// get none.
class SyntheticAddresses {
 public:
  SyntheticAddresses(SyntheticRange range, std::size_t limit);

  /// The name's address, given out now if need be; no value at the limit.
  std::optional<IpAddress> address_of(const HostName& name);
  /// The name behind an address; no value for one that was never given out.
  [[nodiscard]] std::optional<HostName> name_of(const IpAddress& address) const;
  /// Whether it lies in the block, given out or not.
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::uint32_t first_;
  std::uint32_t size_;
  std::size_t limit_;
  std::map<HostName, std::uint32_t> numbers_;  ///< 1 is the first
  std::vector<HostName> names_;                ///< by number - 1
};

}  // namespace agentbox
