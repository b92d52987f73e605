// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/asio.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace agentbox::broker {

/// Calls a function when a step takes too long; the function closes a socket, which ends the step. One step after the
/// other: arming it again replaces what it was armed for. Nothing is called after disarm() or the destructor, although
/// a timer's handler may be on its way already.
class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry)
      : shared_(std::make_shared<Shared>(executor, std::move(on_expiry))) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { disarm(); }

  void arm(std::chrono::milliseconds time) {
    const std::uint64_t generation = ++shared_->generation;
    shared_->timer.expires_after(time);
    shared_->timer.async_wait([shared = shared_, generation](const boost::system::error_code& failure) {
      if (failure || generation != shared->generation) return;
      shared->expired = true;
      shared->on_expiry();
    });
  }
  void disarm() noexcept {
    ++shared_->generation;
    shared_->timer.cancel();  // fails for no timer of this kind
  }
  [[nodiscard]] bool expired() const { return shared_->expired; }

 private:
  struct Shared {
    Shared(const boost::asio::any_io_executor& executor, std::function<void()> action)
        : timer(executor), on_expiry(std::move(action)) {}
    boost::asio::steady_timer timer;
    std::function<void()> on_expiry;
    std::uint64_t generation = 0;
    bool expired = false;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace agentbox::broker
