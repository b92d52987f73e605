// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/ending.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"
#include "session/bring_out.hpp"
#include "store/snapshot_store.hpp"
#include "sys/wait.hpp"

namespace agentbox {
namespace {

std::string snapshot(const RunPlan& plan, SessionVm& vm, SessionHandle& session, const Application& application) {
  application.progress.phase("Keeping the VM's disk");
  const auto flushed = vm.ssh.run({.command = "/usr/lib/agentbox/agentbox-guest sync"});
  if (!flushed.status.success()) {
    application.progress.note("The VM did not flush its disk; the snapshot may lack the last seconds.");
  }
  vm.machine.quit();
  const std::string name = plan.snapshot_name.empty() ? session.record().id : plan.snapshot_name;
  SnapshotStore(application.directories.data / "snapshots")
      .create(snapshot_manifest(plan, vm, name),
              vm.disk.front().path);
  keep_index(session.directory(), application.directories.data / "snapshots" / name);
  return "snapshot " + name;
}

}  // namespace

OnExit decide_ending(const RunPlan& plan, Audience audience) {
  if (plan.on_exit != OnExit::ask) {
    return plan.on_exit;
  }
  if (audience == Audience::nobody) {
    return OnExit::snapshot;
  }
  for (;;) {
    fmt::print(stderr, "The VM: [d]estroy it, keep its disk as a [s]napshot, or [k]eep it running? ");
    std::fflush(stderr);
    char answer = 0;
    // The line discipline is back in line mode; what follows the first letter is dropped with the line. An interrupt here, or the end of
    // the time, is no answer: nothing may be lost by it.
    try {
      wait_readable(STDIN_FILENO, std::nullopt);
    } catch (const Interrupted&) {
      std::fputs("\nThat is no answer; the VM's disk is kept as a snapshot.\n", stderr);
      return OnExit::snapshot;
    }
    char line[256];
    const ssize_t count = read(STDIN_FILENO, line, sizeof line);
    if (count <= 0) {
      return OnExit::snapshot;
    }
    answer = line[0];
    if (answer == 'd' || answer == 'D') {
      return OnExit::destroy;
    }
    if (answer == 's' || answer == 'S') {
      return OnExit::snapshot;
    }
    if (answer == 'k' || answer == 'K') {
      return OnExit::keep;
    }
  }
}

std::string end_session(OnExit ending, const RunPlan& plan, SessionVm& vm, SessionHandle& session,
                        const Application& application) {
  if (ending == OnExit::snapshot) {
    return snapshot(plan, vm, session, application);
  }
  vm.machine.quit();
  return "";
}

bool may_be_kept(const RunPlan& plan) { return plan.on_exit == OnExit::keep || plan.on_exit == OnExit::ask; }

}  // namespace agentbox
