// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/host/gateway_process.hpp"
#include "relay/side_service.hpp"
#include "sys/timer_fd.hpp"
#include "sys/wait.hpp"

#include <nlohmann/json_fwd.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace agentbox {

/// What a session's VM has used up at one moment.
struct ResourceSample {
  std::chrono::milliseconds at{};         ///< since the command began
  std::chrono::milliseconds processor{};  ///< since the VM's start
  std::uint64_t memory = 0;               ///< bytes of the host's memory that are this VM's alone
  std::uint64_t disk = 0;                 ///< bytes that its own layer of the disk occupies
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t tokens = 0;
  double cost = 0;  ///< dollars
  friend bool operator==(const ResourceSample&, const ResourceSample&) = default;
};

/// One sample. disk: the file; network: empty without a gateway.
ResourceSample take_sample(pid_t vm, const std::filesystem::path& disk, const EgressSummary& network);

/// Takes samples while a session's command runs. Of a long session, fewer: when there are as many as are kept, every
/// second one goes, and the time between them doubles.
class ResourceSampler : public SideService {
 public:
  static constexpr std::size_t most = 400;

  /// What take throws as Error is a sample less; an interruption is left to the relay.
  ResourceSampler(std::function<ResourceSample()> take, std::chrono::milliseconds interval);

  [[nodiscard]] int fd() const override { return timer_.fd(); }
  Served serve() override;
  /// The last one, at the command's end.
  void finish();

  [[nodiscard]] const std::vector<ResourceSample>& samples() const { return samples_; }

 private:
  void add();

  std::function<ResourceSample()> take_;
  TimerFd timer_;
  Clock::time_point began_;
  std::uint64_t turns_ = 0;
  std::uint64_t every_ = 1;  ///< which of the timer's turns count
  std::vector<ResourceSample> samples_;
};

/// [[at_ms, processor_ms, memory, disk, bytes_up, bytes_down, tokens, cost_usd], ...]
nlohmann::json to_json(const std::vector<ResourceSample>& samples);
/// Rows that are none are left out.
std::vector<ResourceSample> samples_from_json(const nlohmann::json& rows);

}  // namespace agentbox
