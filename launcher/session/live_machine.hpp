// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "image/templates/parked_guest.hpp"
#include "image/templates/template_builder.hpp"
#include "session/identity.hpp"
#include "store/live_manifest.hpp"
#include "vm/qemu/probe.hpp"
#include "vm/qemu/spec.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// Of all that shapes a machine which waits for a state, to the letter, and of nothing else (paths, descriptors): a state may go on in
/// machines of the same digest, under the same version of QEMU. Pure.
std::string machine_digest(VmSpec spec);

/// The machine that goes on from a live snapshot. disk: its own overlay first.
VmSpec live_spec(const MachineRequest& request, const std::filesystem::path& ram, std::vector<DiskLayer> disk, const ImageContext& context);

/// Throws Error{environment} that says why a snapshot cannot go on in this machine: another QEMU, other arguments, files that are not as they
/// were; and what can be done.
void require_same_machine(const LiveManifest& live, const std::string& snapshot, const std::filesystem::path& directory, const VmSpec& spec,
                          const QemuProgram& qemu);

/// The login that waits in the machine of a live snapshot; no value: none does.
struct WaitingLogin {
  LoginPort port;
  ParkedConnection connection;
};
std::optional<WaitingLogin> waiting_login(const LiveManifest& live, const std::filesystem::path& directory, const BaseBuild& base);
/// Notes such a one. spare: has been parked.
void note_login(const SpareLogin& spare, const std::string& greeting, const std::string& host_key, const std::filesystem::path& directory, LiveManifest& live);

/// What makes a machine that was restored another one: the session's.
ThawPlan thaw_plan(const MachineIdentity& identity);
/// To the guest that stands still: what it is to be seeded with (nothing: it is the same machine), and the plan. Throws like GuestControl::send().
void send(GuestControl& control, const ThawPlan& plan, Deadline deadline, int ended);
/// For the machine that was saved.
ThawPlan thaw_plan();

}  // namespace agentbox
