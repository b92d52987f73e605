// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <chrono>

namespace agentbox {

/// A descriptor that becomes readable again and again (timerfd_create(2)).
class TimerFd {
 public:
  explicit TimerFd(std::chrono::milliseconds interval);
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Not readable any more until the interval is over. Never blocks.
  void take() const;

 private:
  UniqueFd fd_;
};

}  // namespace agentbox
