// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/lost_vm.hpp"

#include "core/error.hpp"
#include "sys/pidfd.hpp"
#include "sys/wait.hpp"

namespace agentbox {
namespace {

// Of a VM whose QEMU goes on: the others of Companions::watch().
std::string what_ended_beside(const SessionVm& vm) {
  if (vm.project_disk && has_ended(vm.project_disk->pidfd())) {
    return "agentbox-disk, by which it saw the project, ended: " + vm.project_disk->last_words().value_or("");
  }
  if (vm.guard && has_ended(vm.guard->pidfd())) {
    return "agentbox-guard, which watched over its files, ended";
  }
  return "its network ended";
}

}  // namespace

void add_cause(RelayOutcome& outcome, SessionVm& vm) {
  auto* lost = std::get_if<ConnectionLost>(&outcome);
  try {
    if (lost == nullptr || !wait_readable(vm.ended.get(), Clock::now())) {
      return;
    }
    if (const auto cause = vm.machine.ending(); !cause) {
      lost->reason = what_ended_beside(vm);
    } else if (!cause->empty()) {
      lost->reason += " (" + *cause + ")";
    }
  } catch (const Error&) {  // Interrupted, too
  }
}

}  // namespace agentbox
