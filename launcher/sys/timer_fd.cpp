// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/timer_fd.hpp"

#include "core/error.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>

namespace agentbox {

TimerFd::TimerFd(std::chrono::milliseconds interval) : fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
  const timespec each{.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(interval - seconds).count()};
  const itimerspec times{.it_interval = each, .it_value = each};
  if (!fd_ || ::timerfd_settime(fd_.get(), 0, &times, nullptr) != 0) {
    throw system_error("cannot make a timer");
  }
}

void TimerFd::take() const {
  std::uint64_t expirations = 0;
  static_cast<void>(::read(fd_.get(), &expirations, sizeof expirations));
}

}  // namespace agentbox
