// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/timing.hpp"

namespace agentbox {

Alarm::Alarm(asio::io_context& io, std::chrono::milliseconds after, std::function<void()> action) : timer_(io, after) {
  timer_.async_wait([armed = armed_, action = std::move(action)](error_code error) {
    if (!error && *armed) {
      action();
    }
  });
}

Beside::Beside(asio::io_context& io, Task<void> task) : shared_(std::make_shared<Shared>(io)) {
  asio::co_spawn(io, std::move(task), [shared = shared_](std::exception_ptr) {
    shared->has_ended = true;
    shared->end.cancel();
  });
}

Task<void> Beside::ended() {
  const auto shared = shared_;
  error_code ignored;
  while (!shared->has_ended) {
    co_await shared->end.async_wait(into(ignored));
  }
}

}  // namespace agentbox
