// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <vector>

namespace agentbox {

/// Several descriptors as one that is readable when any of them is (epoll(7)). They must stay open as long as it lives.
class EventSet {
 public:
  EventSet();
  void add(int fd);

  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
  /// Those that are readable now. Never blocks.
  [[nodiscard]] std::vector<int> readable() const;

 private:
  UniqueFd epoll_;
};

}  // namespace agentbox
