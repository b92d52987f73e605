// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_vm.hpp"

#include "core/error.hpp"
#include "image/base/base_builder.hpp"
#include "image/base/build_machine.hpp"
#include "session/guest_command.hpp"
#include "store/snapshot_store.hpp"

#include <sys/epoll.h>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// A fork answers within a second; a loaded machine under emulation may take much longer.
constexpr std::chrono::minutes fork_limit{3};

DiskLayer layer_at(const fs::path& path) {
  return {path, path.extension() == ".raw" ? DiskLayer::Format::raw : DiskLayer::Format::qcow2};
}

WorkspaceExport workspace_export(const RunPlan& plan, const fs::path& vm_directory) {
  if (plan.workspace == WorkspaceMode::none) {
    const fs::path empty = vm_directory / "empty";
    fs::create_directory(empty);
    return {.directory = empty, .access = WorkspaceExport::Access::read_only};
  }
  const bool writable = plan.workspace == WorkspaceMode::live;
  return {.directory = plan.project,
          .access = writable ? WorkspaceExport::Access::read_write : WorkspaceExport::Access::read_only};
}

// Without user namespaces there is neither a room for QEMU nor one for the guest's network.
NetworkDevice network_of(const RunPlan& plan) {
  return plan.confinement == Confinement::none ? NetworkDevice(UserNetwork{plan.network}) : NetworkDevice(WireNetwork{});
}

// One descriptor for all ends: whichever of the processes goes, the session is over. An epoll set is itself pollable.
UniqueFd watch_ends(const NetworkedMachine& started) {
  UniqueFd set(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {}};
  if (!set || ::epoll_ctl(set.get(), EPOLL_CTL_ADD, started.machine.pidfd(), &event) != 0 ||
      (started.room && ::epoll_ctl(set.get(), EPOLL_CTL_ADD, started.room->pidfd(), &event) != 0)) {
    throw system_error("cannot watch the VM's processes");
  }
  return set;
}

class Starter {
 public:
  Starter(const RunPlan& plan, const std::string& session_id, const SharedDirectories& directories, const fs::path& vm_directory, const ImageContext& context, Timings& timings)
      : plan_(plan), session_id_(session_id), directories_(directories), directory_(vm_directory), context_(context), timings_(timings) {}

  SessionVm start() {
    const BaseBuild base = base_build();
    timings_.lap("base image");
    const auto accelerator = choose_accelerator(context_.qemu, base.kernel(), base.initrd(), context_.directories.cache,
                                                context_.user_config.accelerator);
    const MachineRequest request{
        .base = base,
        .shape = {.accelerator = accelerator.accelerator, .cpus = plan_.cpus, .memory = plan_.memory},
        .disk = plan_.disk,
        .network = network_of(plan_)};
    if (plan_.start == StartMethod::cold) {
      return boot_cold(request);
    }
    const MachineTemplate machine = ensure_template(request, context_);
    timings_.lap("template");
    try {
      return fork(request, machine);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::backend) {
        throw;
      }
      // Not tried again blindly: the template is taken out of use, so the next session makes a new one.
      TemplateStore(context_.templates()).quarantine(machine.directory, error.what());
      context_.progress.note(std::string("The VM could not be forked (") + error.what() + "); booting it cold instead.");
      fs::remove(directory_ / "disk.qcow2");
      return boot_cold(request);
    }
  }

 private:
  BaseBuild base_build() const {
    if (plan_.resume_snapshot) {
      return BaseStore(context_.bases()).load(snapshot().base_build);
    }
    return ensure_base(plan_.base, Rebuild::if_missing, context_);
  }

  SnapshotManifest snapshot() const { return snapshots_.load(*plan_.resume_snapshot); }

  SessionVm fork(const MachineRequest& request, const MachineTemplate& machine) {
    FileLock lease = TemplateStore::lease(machine);
    const fs::path overlay = directory_ / "disk.qcow2";
    create_overlay(overlay, machine.disk(), request.disk);
    VmSpec spec = fork_spec(request, machine, overlay, context_);
    spec.workspace = workspace_export(plan_, directory_);
    spec.directories = directories_.host;
    std::optional<ParkedGuest> parked;
    if (machine.greeting) {
      spec.ports = parked.emplace(request.base, *machine.greeting).machine_ends();
    }
    NetworkedMachine vm = start_machine(spec, {.directory = directory_, .confinement = plan_.confinement}, context_);
    timings_.lap("start QEMU");
    vm.machine.restore(machine.state());
    timings_.lap("restore");
    SessionVm session = parked ? take_up(std::move(vm), request.base, std::move(*parked))
                               : connect(std::move(vm), request.base, fork_limit);
    session.disk = spec.disk;
    session.template_lease = std::move(lease);
    session.template_directory = machine.directory;
    return session;
  }

  SessionVm boot_cold(const MachineRequest& request) {
    context_.progress.phase("Booting the VM");
    const fs::path overlay = directory_ / "disk.qcow2";
    std::vector<DiskLayer> disk{{overlay, DiskLayer::Format::qcow2}};
    if (plan_.resume_snapshot) {
      disk.push_back(layer_at(snapshots_.disk_of(*plan_.resume_snapshot)));
      for (const auto& path : snapshot().disk_chain) {
        disk.push_back(layer_at(path));
      }
    } else {
      disk.insert(disk.end(), request.base.disk.begin(), request.base.disk.end());
    }
    create_overlay(overlay, disk[1], request.disk);
    VmSpec spec = cold_spec(request, disk, context_);
    spec.workspace = workspace_export(plan_, directory_);
    spec.directories = directories_.host;
    NetworkedMachine vm = start_machine(spec, {.directory = directory_, .confinement = plan_.confinement}, context_);
    timings_.lap("start QEMU");
    SessionVm session = connect(std::move(vm), request.base, boot_limit);
    session.disk = spec.disk;
    refresh_helper(session.ssh, request.base, context_);
    const auto grown = session.ssh.run({.command = "/usr/lib/agentbox/agentbox-guest grow"});
    if (!grown.status.success()) {
      context_.progress.note("The VM's file system could not be grown to " + request.disk.to_string() + ".");
    }
    return session;
  }

  // What waits in the machine is told what it is to be, and SSH goes on where it was left: not a byte before the guest's random
  // numbers are its own.
  SessionVm take_up(NetworkedMachine vm, const BaseBuild& base, ParkedGuest parked) {
    const Deadline deadline = Clock::now() + fork_limit;
    UniqueFd ended = watch_ends(vm);
    parked.begin(session_preparation(plan_, session_id_, directories_), deadline, ended.get());
    timings_.lap("reseed");
    SshConnection ssh = parked.log_in(deadline, ended.get());
    timings_.lap("connect");
    SessionVm session = assemble(std::move(vm), base, std::move(ssh), std::move(ended));
    session.being_prepared = std::move(parked);
    return session;
  }

  SessionVm connect(NetworkedMachine vm, const BaseBuild& base, std::chrono::seconds limit) {
    UniqueFd ended = watch_ends(vm);
    SshConnection ssh = SshConnection::connect(root_login(vm, base), Clock::now() + limit, ended.get());
    timings_.lap("connect");
    return assemble(std::move(vm), base, std::move(ssh), std::move(ended));
  }

  static SessionVm assemble(NetworkedMachine vm, const BaseBuild& base, SshConnection ssh, UniqueFd ended) {
    SshEndpoint endpoint = root_login(vm, base);
    RoomListeners listeners = vm.room ? vm.room->take_listeners() : RoomListeners{};
    return {.room = std::move(vm.room),
            .listeners = std::move(listeners),
            .machine = std::move(vm.machine),
            .ssh = std::move(ssh),
            .endpoint = std::move(endpoint),
            .base = base,
            .disk = {},
            .template_lease = {},
            .template_directory = {},
            .being_prepared = {},
            .ended = std::move(ended)};
  }

  const RunPlan& plan_;
  const std::string& session_id_;
  const SharedDirectories& directories_;
  const fs::path& directory_;
  const ImageContext& context_;
  Timings& timings_;
  SnapshotStore snapshots_{context_.directories.data / "snapshots"};
};

}  // namespace

SessionVm start_session_vm(const RunPlan& plan, const std::string& session_id, const SharedDirectories& directories,
                           const fs::path& vm_directory, const ImageContext& context,
                           Timings& timings) {
  fs::create_directory(vm_directory);
  return Starter(plan, session_id, directories, vm_directory, context, timings).start();
}

}  // namespace agentbox
