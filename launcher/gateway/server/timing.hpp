// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/io.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace agentbox {

/// Does something after a while, unless it is destroyed before. Also safe when the timer has expired but its handler
/// still waits in the queue, where a plain timer's cancel comes too late.
class Alarm {
 public:
  Alarm(asio::io_context& io, std::chrono::milliseconds after, std::function<void()> action);
  ~Alarm() { *armed_ = false; }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  asio::steady_timer timer_;
  std::shared_ptr<bool> armed_ = std::make_shared<bool>(true);
};

/// A coroutine that runs beside the one that starts it, which can wait for its end.
class Beside {
 public:
  Beside(asio::io_context& io, Task<void> task);
  Task<void> ended();

 private:
  struct Shared {
    explicit Shared(asio::io_context& io) : end(io, asio::steady_timer::time_point::max()) {}
    asio::steady_timer end;  ///< cancelled when the task has ended: the one event of Asio that several may wait for
    bool has_ended = false;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace agentbox
