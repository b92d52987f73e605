// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "image/image_context.hpp"
#include "image/networked_machine.hpp"
#include "image/templates/parked_guest.hpp"
#include "image/templates/template_builder.hpp"
#include "session/companions.hpp"
#include "session/identity.hpp"
#include "session/run_plan.hpp"
#include "session/timings.hpp"
#include "ssh/connection.hpp"
#include "vm/qemu/machine.hpp"

namespace agentbox {

/// Where a session's VM has its files, below the session's directory.
inline constexpr const char* vm_directory_name = "vm";

/// The VM of a session, running, with its one SSH connection. Members go in reverse order: the connection, then QEMU, then
/// its network.
struct SessionVm {
  std::optional<NetworkRoom> room;                  ///< the far end of its network cable; none with --unconfined
  std::optional<NameGuard> guard;                   ///< asked before QEMU uses files by name; none: there is nothing to guard
  std::optional<ProjectDisk> project_disk;          ///< none: the project is not shown as a disk
  QemuMachine machine;
  SshConnection ssh;
  SshEndpoint endpoint;
  BaseBuild base;
  std::vector<DiskLayer> disk;                      ///< top (the session's own) first
  std::optional<LeasedTemplate> forked_from;        ///< none: booted cold
  EnsuredTemplate::Came template_came = EnsuredTemplate::Came::found;
  std::filesystem::path ram_file;                   ///< what its RAM maps privately; empty: none
  std::vector<FileLock> snapshot_leases;            ///< of snapshots that its disk stands on
  Accelerator accelerator = Accelerator::tcg;
  std::string machine_digest;                       ///< see machine_digest()
  std::optional<ParkedGuest> being_prepared;        ///< the guest is at it; none: the session's command is to do it
  std::optional<GuestControl> control;              ///< of a machine that goes on from a snapshot
  std::optional<SpareLogin> spare_login;            ///< where another sshd can wait in it; none: there are no ports
  UniqueFd ended;                                   ///< readable when QEMU or its network has ended
  std::optional<StartingGateway> gateway;           ///< what the guest sends ends there; none without a room

  /// Where the guest's helper is spoken to; null: nowhere.
  [[nodiscard]] GuestControl* guest_control() {
    return control ? &*control : being_prepared ? &being_prepared->control() : nullptr;
  }
};

/// What a session's VM must be like: of the plan, what a template depends on.
MachineRequest machine_request(const RunPlan& plan, const BaseBuild& base, const ImageContext& context);

/// Brings up the VM that the plan asks for, its files in vm_directory (made here; all of it is QEMU's to write, so
/// nothing that the host trusts may stand there): a fork of the template (made first when there is
/// none); a machine that goes on from a live snapshot, made another one before what it ran runs on; a cold boot when the plan says so,
/// when it resumes a snapshot, or, with a note to the user, when the fork fails: its template is not used again then, and when the next
/// one fails, too, none is made for a while.
SessionVm start_session_vm(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories,
                           const std::filesystem::path& vm_directory, const ImageContext& context, const BeginGateway& begin_gateway,
                           Timings& timings);

}  // namespace agentbox
