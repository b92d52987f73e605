// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/dns/synthetic_addresses.hpp"

#include <algorithm>

namespace agentbox {

SyntheticAddresses::SyntheticAddresses(SyntheticRange range, std::size_t limit)
    : first_(range.first.v4_value()), size_(range.size), limit_(std::min<std::size_t>(limit, range.size - 1)) {}

std::optional<IpAddress> SyntheticAddresses::address_of(const HostName& name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) {
    return IpAddress::v4(first_ + known->second);
  }
  if (names_.size() >= limit_) {
    return std::nullopt;
  }
  names_.push_back(name);
  const auto number = static_cast<std::uint32_t>(names_.size());
  numbers_.emplace(name, number);
  return IpAddress::v4(first_ + number);
}

bool SyntheticAddresses::contains(const IpAddress& address) const {
  return address.is_v4() && address.v4_value() >= first_ && address.v4_value() - first_ < size_;
}

std::optional<HostName> SyntheticAddresses::name_of(const IpAddress& address) const {
  if (!contains(address)) {
    return std::nullopt;
  }
  const std::uint32_t number = address.v4_value() - first_;
  return number >= 1 && number <= names_.size() ? std::optional(names_[number - 1]) : std::nullopt;
}

}  // namespace agentbox
