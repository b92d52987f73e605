// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/side_service.hpp"
#include "sys/timer_fd.hpp"
#include "sys/wait.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace agentbox {

/// "tokens", "cost" or "requests": the first of the session's caps by which the broker has refused a model call; empty:
/// none has been reached. summary: the broker's own, or null.
std::string reached_cap(const nlohmann::json& summary);

/// Ends a session that nobody watches and whose model calls are refused for good: some agents ask again and again. It
/// has some time to end by itself, and to say what it has done.
class UsageWatch : public SideService {
 public:
  struct Times {
    std::chrono::milliseconds between_looks{2000};
    std::chrono::milliseconds patience{30000};
  };
  /// look: the broker's summary, asked for at each look. What it throws as Error counts for nothing; an interruption
  /// is left to the relay.
  UsageWatch(std::function<nlohmann::json()> look, Times times);

  [[nodiscard]] int fd() const override { return timer_.fd(); }
  Served serve() override;

 private:
  std::function<nlohmann::json()> look_;
  Times times_;
  TimerFd timer_;
  std::optional<Deadline> ends_;
};

}  // namespace agentbox
