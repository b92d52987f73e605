// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// How long each phase of a run took, in order.
class Timings {
 public:
  /// Ends the phase that runs and names it.
  void lap(std::string phase) {
    const auto now = Clock::now();
    phases_.emplace_back(std::move(phase), std::chrono::duration_cast<std::chrono::milliseconds>(now - last_));
    last_ = now;
  }
  [[nodiscard]] const std::vector<std::pair<std::string, std::chrono::milliseconds>>& phases() const { return phases_; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases_;
};

}  // namespace agentbox
