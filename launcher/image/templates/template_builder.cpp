// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_builder.hpp"

#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/base_builder.hpp"
#include "image/base/build_machine.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// The machine's RAM while it boots. On a disk file system, write-back fights the guest and the boot takes five times as
// long; so it lives on tmpfs if there is room, and is copied sparsely when the machine is frozen.
TempDir make_ram_directory(ByteSize memory, const fs::path& fallback) {
  const fs::path shared_memory = "/dev/shm";
  std::error_code missing;
  const auto space = fs::space(shared_memory, missing);
  if (!missing && space.available > memory.bytes() && access(shared_memory.c_str(), W_OK) == 0) {
    return TempDir(shared_memory, "agentbox");
  }
  return TempDir(fallback, "ram");
}

// The card is part of the machine. What it reaches is the host's side: with QEMU's own network one template serves open and
// offline sessions, with a wire there is nothing to tell apart.
NetworkDevice template_network(const NetworkDevice& wanted) {
  return std::holds_alternative<WireNetwork>(wanted) ? NetworkDevice(WireNetwork{}) : NetworkDevice(UserNetwork{});
}

// Brings the machine to the state that sessions want to find: everything started, disk grown, what a session touches in the page
// cache and nothing else.
void settle(SshConnection& ssh, const MachineRequest& request, const ImageContext& context) {
  refresh_helper(ssh, request.base, context);
  run_script(ssh, "settling the machine",
             // "degraded" is an answer too; what matters is that nothing is starting any more.
             "systemctl is-system-running --wait || true\n"
             "/usr/lib/agentbox/agentbox-guest grow\n"
             "sync\necho 3 > /proc/sys/vm/drop_caches\n",
             context.progress);
  for (const auto& name : request.base.agents) {
    const AgentProfile agent = context.catalog.agent(name);
    if (!agent.verify.empty()) {
      run_as_user(ssh, "warming up " + name, request.base.user, agent.verify, context.progress);
    }
  }
  // The very path a session takes.
  run_as_user(ssh, "warming up", request.base.user, {"/bin/bash", "-lc", "true"}, context.progress);
  run_script(ssh, "settling the machine", "rm -rf /tmp/* /var/tmp/*\nsync\n", context.progress);
}

void make_template_files(const MachineRequest& request, const fs::path& directory, const ImageContext& context) {
  MachineTemplate machine;
  machine.directory = directory;
  create_overlay(machine.disk().path, request.base.disk.front(), request.disk);
  std::vector<DiskLayer> disk = request.base.disk;
  disk.insert(disk.begin(), machine.disk());

  const TempDir vm_files(directory, "vm");
  const TempDir ram_directory = make_ram_directory(request.shape.memory, directory);
  const fs::path ram = ram_directory.path() / "mem";
  BuildMachine vm = boot_build_machine({.base = request.base,
                                        .disk = disk,
                                        .directory = vm_files.path(),
                                        .ram = SharedRamFile{ram},
                                        .shape = request.shape,
                                        .network = template_network(request.network)},
                                       context);
  context.progress.phase("Settling the machine");
  settle(vm.ssh, request, context);
  context.progress.phase("Freezing the machine");
  {
    const SshConnection closing = std::move(vm.ssh);  // a fork must not find a half of our connection
  }
  vm.machine.freeze(machine.state());
  vm.machine.quit();
  copy_sparse(ram, machine.ram());
}

std::string arguments_digest(const MachineRequest& request, const ImageContext& context) {
  // Only what shapes the machine may differ between two digests, so every path is replaced by a constant.
  BaseBuild base = request.base;
  base.directory = "/base";
  VmSpec spec = build_machine_spec({.base = base,
                                    .disk = {{"/disk", DiskLayer::Format::qcow2}},
                                    .directory = "/session",
                                    .ram = SharedRamFile{"/mem"},
                                    .shape = request.shape,
                                    .network = template_network(request.network)},
                                   context);
  spec.qemu = "qemu";
  spec.workspace.directory = "/workspace";
  spec.console_log = "console.log";
  std::string joined;
  for (const auto& argument : qemu_arguments(spec)) {
    joined += argument + '\0';
  }
  return sha256_hex(joined);
}

}  // namespace

TemplateKey template_key(const MachineRequest& request, const ImageContext& context) {
  return {.qemu_version = context.qemu.version,
          .arguments_digest = arguments_digest(request, context),
          .base_build = request.base.directory,
          .helper_digest = helper_digest(context.shipped),
          .shape = request.shape,
          .disk = request.disk};
}

MachineTemplate ensure_template(const MachineRequest& request, const ImageContext& context) {
  const TemplateStore store(context.templates());
  const TemplateKey key = template_key(request, context);
  if (auto found = store.find(key)) {
    return *found;
  }
  auto lock = store.try_lock(key);
  if (!lock) {
    context.progress.note("Another agentbox is preparing this machine; waiting for it.");
    lock = store.lock(key);
  }
  if (auto found = store.find(key)) {
    return *found;
  }
  context.progress.phase("Preparing the machine (once per base and size)");
  TempDir aside = store.begin(key);
  make_template_files(request, aside.path(), context);
  return store.publish(std::move(aside), key);
}

VmSpec fork_spec(const MachineRequest& request, const MachineTemplate& machine, const fs::path& overlay,
                 const ImageContext& context) {
  std::vector<DiskLayer> disk{{overlay, DiskLayer::Format::qcow2}, machine.disk()};
  disk.insert(disk.end(), request.base.disk.begin(), request.base.disk.end());
  return {.qemu = context.qemu.path,
          .qemu_version = context.qemu.version,
          .shape = request.shape,
          .boot = IncomingState{},
          .ram = PrivateRamFile{machine.ram()},
          .disk = std::move(disk),
          .seed_image = {},
          .workspace = {},
          .network = request.network,
          .console_log = {}};
}

VmSpec cold_spec(const MachineRequest& request, const std::vector<DiskLayer>& disk, const ImageContext& context) {
  return build_machine_spec({.base = request.base,
                             .disk = disk,
                             .directory = disk.front().path.parent_path(),
                             .shape = request.shape,
                             .network = request.network,
                             .console = BuildMachineRequest::Console::memory},
                            context);
}

}  // namespace agentbox
