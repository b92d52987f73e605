// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk/project_disk.hpp"
#include "gateway/host/gateway_process.hpp"
#include "guard/name_guard.hpp"
#include "image/networked_machine.hpp"
#include "session/guarding.hpp"
#include "session/run_plan.hpp"
#include "session/timings.hpp"

#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>

namespace agentbox {

/// Begins to start what serves the guest's network. It starts beside QEMU, not after it.
using BeginGateway = std::function<StartingGateway(RoomListeners)>;

/// Processes of a session beside its QEMU and its room; each is none where the plan asks for none.
struct CompanionProcesses {
  std::optional<NameGuard> guard;
  std::optional<ProjectDisk> disk;
  std::optional<StartingGateway> gateway;
};

/// Starts a session's QEMU together with what it needs around it: the network room and what serves it, the guard of the
/// files that it uses by name, the disk on which it sees the project. All of it starts side by side, as far as one does
/// not need the other. What is given to it must outlive it.
class Companions {
 public:
  /// The project is looked at from here on, beside the choice of base and template.
  Companions(const RunPlan& plan, const std::filesystem::path& vm_directory, const ImageContext& context,
             const BeginGateway& begin_gateway, Timings& timings);

  /// For a further machine, after one that did not start well, all of it starts anew. Throws what guard_exports(),
  /// ProjectDisk::start(), start_machine() and begin_gateway do.
  NetworkedMachine start(VmSpec& spec);

  /// One descriptor for all ends: whichever of the processes goes, the session is over, and it is readable.
  [[nodiscard]] UniqueFd watch(const NetworkedMachine& machine) const;
  /// Why agentbox-disk has ended; no value while it runs, or where there is none.
  [[nodiscard]] std::optional<std::string> disk_words() const;

  /// To the session that they are for.
  [[nodiscard]] CompanionProcesses hand_over() { return std::move(processes_); }

 private:
  void show_project(VmSpec& spec);
  std::future<SurveyedExport> fresh_survey();

  const RunPlan& plan_;
  const std::filesystem::path& directory_;
  const ImageContext& context_;
  const BeginGateway& begin_gateway_;
  Timings& timings_;
  CompanionProcesses processes_;
  Clock::time_point begun_ = Clock::now();
  std::future<SurveyedExport> project_;
};

}  // namespace agentbox
