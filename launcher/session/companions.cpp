// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/companions.hpp"

#include <sys/epoll.h>

#include <chrono>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace agentbox {

Companions::Companions(const RunPlan& plan, const std::filesystem::path& vm_directory, const ImageContext& context,
                       const BeginGateway& begin_gateway, Timings& timings)
    : plan_(plan),
      directory_(vm_directory),
      context_(context),
      begin_gateway_(begin_gateway),
      timings_(timings),
      project_(survey_project(plan)) {}

NetworkedMachine Companions::start(VmSpec& spec) {
  MachineFiles files{.directory = directory_, .confinement = plan_.confinement};
  std::optional<NetworkRoom> room;
  if (std::holds_alternative<WireNetwork>(spec.network)) {
    // Beside the guard and the disk, and not before: its message waits for us with descriptors, of which a user has but so
    // many under way.
    room = begin_room(files, context_);
  }
  processes_.guard = guard_exports(plan_, context_.shipped.guard_program, directory_.parent_path() / "nothing", spec, files,
                                   fresh_survey());
  show_project(spec);
  timings_.lap("guard");
  processes_.gateway.reset();  // of a machine that did not start well
  const auto serve = [this](RoomListeners listeners) {
    processes_.gateway.emplace(begin_gateway_(std::move(listeners)));
  };
  NetworkedMachine vm = start_machine(spec, files, context_, serve, std::move(room));
  if (processes_.guard) {
    processes_.guard->handed_over();
  }
  if (processes_.disk) {
    processes_.disk->handed_over();
  }
  timings_.lap("start QEMU");
  return vm;
}

// What a layer or a copy lies on is read from a disk: by 9p each look at a file is a message or several (docs/decisions/0078). A machine
// that goes on has it already.
void Companions::show_project(VmSpec& spec) {
  const bool reads = plan_.workspace == WorkspaceMode::overlay || plan_.workspace == WorkspaceMode::copy;
  if (!reads || plan_.live || !ProjectDisk::possible()) {
    return;
  }
  const bool room = plan_.confinement == Confinement::bubblewrap;
  processes_.disk = ProjectDisk::start(context_.shipped.disk_program,
                                       {.project = spec.workspace.directory,
                                        .rules = rules_of(spec.workspace.directory, plan_.guard),
                                        .owners = room ? Owners::as_in_the_room : Owners::as_they_are,
                                        .size = project_disk_size.bytes(),
                                        .messages = directory_.parent_path() / "disk.log"});
  spec.project_disk = ProjectDiskSocket{processes_.disk->socket()};
}

UniqueFd Companions::watch(const NetworkedMachine& machine) const {
  std::vector<int> processes{machine.machine.pidfd()};
  if (machine.room) {
    processes.push_back(machine.room->pidfd());
  }
  if (processes_.guard) {
    processes.push_back(processes_.guard->pidfd());
  }
  // Once a copy is made nobody reads the disk any more.
  if (processes_.disk && plan_.workspace == WorkspaceMode::overlay) {
    processes.push_back(processes_.disk->pidfd());
  }
  UniqueFd set(::epoll_create1(EPOLL_CLOEXEC));  // itself pollable
  for (const int process : processes) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (!set || ::epoll_ctl(set.get(), EPOLL_CTL_ADD, process, &event) != 0) {
      throw system_error("cannot watch the VM's processes");
    }
  }
  return set;
}

std::optional<std::string> Companions::disk_words() const {
  return processes_.disk ? processes_.disk->last_words() : std::nullopt;
}

// What was found a while ago may be gone, and nothing can be mounted upon it then. Invalid at a second start, too.
std::future<SurveyedExport> Companions::fresh_survey() {
  const bool fresh = Clock::now() - begun_ < std::chrono::seconds(2);
  return fresh ? std::move(project_) : std::future<SurveyedExport>();
}

}  // namespace agentbox
