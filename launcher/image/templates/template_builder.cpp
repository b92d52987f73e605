// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_builder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/base_builder.hpp"
#include "image/base/boot_died.hpp"
#include "image/base/build_machine.hpp"
#include "image/templates/parked_guest.hpp"
#include "sys/files.hpp"

#include <optional>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// The machine's RAM while it boots. On a disk file system, write-back fights the guest and the boot takes five times as
// long; so it lives on tmpfs if there is room, and is copied sparsely when the machine is frozen. Once QEMU has it, it has no
// name any more (see BuildMachineRequest::ram): gigabytes of memory must not stay behind a launcher that was killed.
class RamFile {
 public:
  RamFile(ByteSize memory, const fs::path& fallback)
      : path_(directory_for(memory, fallback) / ("agentbox-" + random_hex(8))),
        file_(open_file(path_, O_RDWR | O_CREAT | O_EXCL, 0600)) {}
  RamFile(const RamFile&) = delete;
  RamFile& operator=(const RamFile&) = delete;
  ~RamFile() { unlink(path_.c_str()); }

  [[nodiscard]] const fs::path& path() const { return path_; }
  /// Works without the name, too.
  [[nodiscard]] fs::path content() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

 private:
  static fs::path directory_for(ByteSize memory, const fs::path& fallback) {
    const fs::path shared_memory = "/dev/shm";
    std::error_code missing;
    const auto space = fs::space(shared_memory, missing);
    const bool has_room = !missing && space.available > memory.bytes() && access(shared_memory.c_str(), W_OK) == 0;
    return has_room ? shared_memory : fallback;
  }

  fs::path path_;
  UniqueFd file_;
};

// The card is part of the machine. What it reaches is the host's side: with QEMU's own network one template serves open and
// offline sessions, with a wire there is nothing to tell apart.
NetworkDevice template_network(const NetworkDevice& wanted) {
  return std::holds_alternative<WireNetwork>(wanted) ? NetworkDevice(WireNetwork{}) : NetworkDevice(UserNetwork{});
}

// Part of every template's key: raise it when settle() changes, so that machines are settled anew.
constexpr const char* settling = "settling 4";

// Brings the machine to rest: everything started, disk grown, nothing in the page cache but what agents read.
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
  run_script(ssh, "settling the machine", "rm -rf /tmp/* /var/tmp/*\nsync\n", context.progress);
}

// The very path that a session takes, from the TCP connection to the user's shell: what it reads is in the page cache then.
void rehearse(const BuildMachine& vm, const MachineRequest& request, const ImageContext& context) {
  SshConnection ssh = SshConnection::connect(vm.endpoint, Clock::now() + boot_limit, vm.machine.pidfd());
  run_as_user(ssh, "warming up", request.base.user, {"/bin/bash", "-lc", "true"}, context.progress);
}

// The last thing before the machine is frozen. Its own connection is gone by then, so that a fork does not find a half of it.
std::optional<std::string> leave_waiting(const BuildMachine& vm, ParkingPlace& place) {
  const Deadline deadline = Clock::now() + boot_limit;
  std::optional<std::string> greeting;
  {
    SshConnection ssh = SshConnection::connect(vm.endpoint, deadline, vm.machine.pidfd());
    greeting = place.park(ssh, deadline);
  }
  if (greeting) {
    place.await_rest(deadline);
  }
  return greeting;
}

/// Returns what MachineTemplate::greeting is to be.
std::optional<std::string> make_template_files(const MachineRequest& request, const fs::path& directory, const ImageContext& context) {
  const MachineTemplate machine{.directory = directory};
  std::vector<DiskLayer> disk = request.base.disk;
  disk.insert(disk.begin(), machine.disk());

  std::optional<TempDir> vm_files;
  std::optional<RamFile> ram;
  std::optional<ParkingPlace> place;
  BuildMachine vm = boot_twice_if_it_dies(context.progress, [&] {
    fs::remove(machine.disk().path);
    create_overlay(machine.disk().path, request.base.disk.front(), request.disk);
    vm_files.emplace(directory, "vm");
    ram.emplace(request.shape.memory, directory);
    place.emplace();
    return boot_build_machine({.base = request.base,
                               .disk = disk,
                               .directory = vm_files->path(),
                               .ram = SharedRamFile{ram->path()},
                               .shape = request.shape,
                               .network = template_network(request.network),
                               .ports = place->machine_ends()},
                              context);
  });
  context.progress.phase("Settling the machine");
  {
    SshConnection ssh = std::move(vm.ssh);  // closed before the machine is frozen: a fork must not find a half of it
    settle(ssh, request, context);
  }
  rehearse(vm, request, context);
  const auto greeting = leave_waiting(vm, *place);
  context.progress.phase("Freezing the machine");
  vm.machine.freeze(machine.state());
  vm.machine.quit();
  copy_sparse(ram->content(), machine.ram());
  return greeting;
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
  // What waits in a template has heard our side's first words.
  std::string joined = settling + parking_command() + client_identification();
  for (const auto& argument : qemu_arguments(spec)) {
    joined += argument + '\0';
  }
  return sha256_hex(joined);
}

}  // namespace

TemplateKey template_key(const MachineRequest& request, const ImageContext& context) {
  return {.qemu = context.qemu.build,
          .arguments_digest = arguments_digest(request, context),
          .base_build = request.base.directory,
          .helper_digest = helper_digest(context.shipped),
          .host_processor = request.shape.accelerator == Accelerator::kvm ? sha256_hex(host_processor()) : "",
          .shape = request.shape,
          .disk = request.disk};
}

EnsuredTemplate ensure_template(const MachineRequest& request, const TemplateKey& key, const ImageContext& context) {
  const TemplateStore store(context.templates());
  const auto on_damage = [&context](const std::string& what) {
    context.progress.note("The prepared machine is not what was frozen (" + what + "); it is not used any more, another one is made.");
  };
  if (auto found = store.take(key, on_damage)) {
    return {.leased = std::move(*found)};
  }
  auto lock = store.try_lock(key);
  if (!lock) {
    context.progress.note("Another agentbox is preparing this machine; waiting for it.");
    lock = store.lock(key);
  }
  if (auto found = store.take(key, on_damage)) {
    return {.leased = std::move(*found)};
  }
  context.progress.phase("Preparing the machine (once per base and size)");
  TempDir aside = store.begin(key);
  const auto greeting = make_template_files(request, aside.path(), context);
  store.publish(std::move(aside), key, greeting);
  // Published and taken under the key's lock; only who removes templates could have been faster.
  auto made = store.take(key, on_damage);
  if (!made) {
    throw Error(ErrorKind::backend, "the prepared machine was removed before it could be used", "start again");
  }
  return {.leased = std::move(*made), .came = EnsuredTemplate::Came::made};
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
          .directories = {},
          .network = request.network,
          .ports = {},
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
