// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "image/base/base_store.hpp"
#include "image/image_context.hpp"
#include "image/networked_machine.hpp"
#include "ssh/connection.hpp"
#include "vm/qemu/machine.hpp"

namespace agentbox {

/// A VM booted cold to work on an image: QEMU and a root login. Destroying it kills the VM; what shall stay on the disk
/// needs power_off() first.
struct BuildMachine {
  std::optional<NetworkRoom> room;  ///< see NetworkedMachine
  QemuMachine machine;
  SshEndpoint endpoint;       ///< where ssh leads
  SshConnection ssh;

  /// Flushes and powers off by the kernel's own request (sysrq), which takes no service's time. Throws Error{backend} when
  /// the guest does not end.
  void power_off();
};

/// How long a cold boot may take until SSH answers. Generous: under emulation on a loaded machine it was once over
/// five minutes.
inline constexpr std::chrono::minutes boot_limit{15};

/// The kernel command line of every guest of ours.
std::string kernel_command_line(const std::string& root_device);

struct BuildMachineRequest {
  const BaseBuild& base;                 ///< kernel, keys, root device
  std::vector<DiskLayer> disk;           ///< top first
  std::filesystem::path directory;       ///< for sockets and logs
  RamBacking ram = AnonymousRam{};        ///< a SharedRamFile loses its name as soon as QEMU has opened it
  MachineShape shape;
  NetworkDevice network = UserNetwork{};  ///< WireNetwork: its socket is boot_build_machine()'s to fill in
  SerialPorts ports = {};
  /// file: console.log in the directory. memory: bounded, for guests that are not ours alone.
  enum class Console { file, memory } console = Console::file;
};

/// How many processors a machine that installs things has: two, as npm and compilers have use for. One under emulation where more programs
/// want to run than the host has processors for: two that share one spend most of their time waiting for locks which the half of them holds
/// that does not run (docs/decisions/0082). load: of the last minute (getloadavg(3)). Pure.
int processors_to_build_with(Accelerator accelerator, double load, int processors_of_host);

/// The QEMU description for such a VM. Pure.
VmSpec build_machine_spec(const BuildMachineRequest& request, const ImageContext& context);

BuildMachine boot_build_machine(const BuildMachineRequest& request, const ImageContext& context);

/// Why a machine cannot be reached, as far as it says itself: the end of its console and QEMU's own messages, escaped.
std::string last_words(QemuMachine& machine, BuildMachineRequest::Console console);

/// Runs a shell script in the guest, handing its lines to progress. Throws Error{backend} with the last lines when it fails.
void run_script(SshConnection& ssh, const std::string& what, const std::string& script, Progress& progress,
                const std::vector<std::pair<std::string, std::string>>& environment = {});

/// Runs a command as the guest's user, in its home, likewise. Returns its last lines, escaped.
std::string run_as_user(SshConnection& ssh, const std::string& what, const std::string& user,
                        const std::vector<std::string>& argv, Progress& progress,
                        const std::vector<std::pair<std::string, std::string>>& environment = {});

/// Replaces the guest's agentbox-guest by this launcher's own if the base was built with another one.
void refresh_helper(SshConnection& ssh, const BaseBuild& base, const ImageContext& context);

/// Unpacks a tar stream at the guest's root.
void send_tar(SshConnection& ssh, const std::string& tar);

}  // namespace agentbox
