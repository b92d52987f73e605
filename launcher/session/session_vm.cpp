// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_vm.hpp"

#include "core/error.hpp"
#include "guest/parked.hpp"
#include "image/base/base_builder.hpp"
#include "image/base/boot_died.hpp"
#include "image/base/build_machine.hpp"
#include "session/guest_command.hpp"
#include "session/live_machine.hpp"
#include "store/snapshot_store.hpp"
#include "sys/wait.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// A fork answers within a second; a loaded machine under emulation may take much longer.
constexpr std::chrono::minutes fork_limit{3};
/// From the first sign that a machine's processes go until they are gone.
constexpr std::chrono::seconds going_limit{5};

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

class Starter {
 public:
  Starter(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories, const fs::path& vm_directory,
          const ImageContext& context, const BeginGateway& begin_gateway, Timings& timings)
      : plan_(plan),
        identity_(identity),
        directories_(directories),
        directory_(vm_directory),
        context_(context),
        timings_(timings),
        companions_(plan, vm_directory, context, begin_gateway, timings) {}

  SessionVm start() {
    try {
      return start_in_some_way();
    } catch (const Interrupted&) {
      throw;
    } catch (const Error&) {
      if (const auto words = companions_.disk_words()) {
        throw Error(ErrorKind::environment, "the project cannot be shown to the VM as a disk: " + *words,
                    "--workspace live and --workspace readonly share it in another way");
      }
      throw;
    }
  }

 private:
  SessionVm start_in_some_way() {
    const BaseBuild base = base_build();
    timings_.lap("base image");
    const MachineRequest request = machine_request(plan_, base, context_);
    if (plan_.live) {
      return go_on(request);
    }
    if (plan_.start == StartMethod::cold) {
      return boot_cold(request);
    }
    const TemplateKey key = template_key(request, context_);
    const TemplateFailures failures = TemplateStore(context_.templates()).failures();
    if (failures.given_up(key, std::chrono::system_clock::now())) {
      return boot_cold(request);  // the user was told when it was given up
    }
    EnsuredTemplate machine = ensure_template(request, key, context_);
    timings_.lap("template");
    try {
      SessionVm session = fork(request, machine.leased.machine);
      failures.forget(key);
      session.forked_from = std::move(machine.leased);
      session.template_came = machine.came;
      return session;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::backend || companions_.disk_words()) {
        throw;  // no fault of the template's
      }
      give_up(machine.leased.machine, error.what(), failures);
      return boot_cold(request);
    }
  }

  BaseBuild base_build() const {
    if (plan_.resume_snapshot) {
      return BaseStore(context_.bases()).load(snapshot().base_build);
    }
    return ensure_base(plan_.base, Rebuild::if_missing, context_);
  }

  // Not tried again blindly: this template is out of use, and the next session makes a new one; if that fails, too, none is made.
  void give_up(const MachineTemplate& machine, const std::string& reason, const TemplateFailures& failures) const {
    TemplateStore::quarantine(machine, reason);
    const bool once_more = failures.note(machine.key, reason) == TemplateFailures::Verdict::try_again;
    context_.progress.note("The VM could not be forked (" + reason + "); booting it cold instead. " +
                           (once_more ? "The next session makes a new template."
                                      : "It was the second time in a row: for a day VMs of this kind boot cold, unless agentbox "
                                        "template prewarm has success."));
  }

  SnapshotManifest snapshot() const { return snapshots_.load(*plan_.resume_snapshot); }

  SessionVm fork(const MachineRequest& request, const MachineTemplate& machine) {
    const fs::path overlay = directory_ / "disk.qcow2";
    create_overlay(overlay, machine.disk(), request.disk);
    VmSpec spec = fork_spec(request, machine, overlay, context_);
    spec.workspace = workspace_export(plan_, directory_);
    spec.directories = directories_.host;
    spec.kept_disk = directories_.kept_disk;
    std::optional<ParkedGuest> parked;
    std::optional<SpareLogin> spare;
    if (machine.greeting) {
      spec.ports = parked.emplace(request.base, *machine.greeting).machine_ends();
      spec.ports.ssh2 = spare.emplace(LoginPort::second).machine_end();
    }
    NetworkedMachine vm = companions_.start(spec);
    if (spare) {
      spare->begin();
    }
    vm.machine.restore(machine.state());
    timings_.lap("restore");
    SessionVm session = parked ? take_up(std::move(vm), request.base, std::move(*parked))
                               : connect(std::move(vm), request.base, fork_limit);
    session.disk = spec.disk;
    session.spare_login = std::move(spare);
    session.ram_file = machine.ram();
    session.accelerator = request.shape.accelerator;
    session.machine_digest = machine_digest(spec);
    return session;
  }

  // From a live snapshot: where its machine was, with memory and disk of its own from here on.
  SessionVm go_on(const MachineRequest& request) {
    const std::string& name = *plan_.resume_snapshot;
    FileLock lease = snapshots_.lease(name);
    const fs::path place = snapshots_.directory_of(name);
    const fs::path overlay = directory_ / "disk.qcow2";
    std::vector<DiskLayer> disk{{overlay, DiskLayer::Format::qcow2}, layer_at(snapshots_.disk_of(name))};
    for (const auto& path : snapshot().disk_chain) {
      disk.push_back(layer_at(path));
    }
    create_overlay(overlay, disk[1], request.disk);
    VmSpec spec = live_spec(request, LiveManifest::ram_in(place), disk, context_);
    spec.workspace = workspace_export(plan_, directory_);
    spec.directories = directories_.host;
    require_same_machine(*plan_.live, name, place, spec, context_.qemu);
    GuestControl control;
    std::optional<WaitingLogin> waiting = waiting_login(*plan_.live, place, request.base);
    // The connection that the machine had leads to nobody; the guest ends it (guest/pause.cpp), and takes the first port that is free then.
    SpareLogin spare(waiting && waiting->port == LoginPort::first ? LoginPort::second : LoginPort::first);
    spec.ports.control = control.machine_end();
    spec.ports.login(spare.port()) = spare.machine_end();
    if (waiting) {
      spec.ports.login(waiting->port) = waiting->connection.server_end();
    }
    NetworkedMachine vm = companions_.start(spec);
    spare.begin();
    vm.machine.restore(LiveManifest::state_in(place));
    timings_.lap("restore");
    SessionVm session = become_another(std::move(vm), request.base, control, std::move(waiting));
    session.disk = spec.disk;
    session.control = std::move(control);
    session.spare_login = std::move(spare);
    session.ram_file = LiveManifest::ram_in(place);
    session.snapshot_leases.push_back(std::move(lease));
    session.accelerator = request.shape.accelerator;
    session.machine_digest = machine_digest(spec);
    return session;
  }

  // As in take_up(): not a byte before the guest's random numbers are its own.
  SessionVm become_another(NetworkedMachine vm, BaseBuild base, GuestControl& control, std::optional<WaitingLogin> waiting) {
    UniqueFd ended = companions_.watch(vm);
    const Deadline deadline = Clock::now() + fork_limit;
    control.begin();
    send(control, thaw_plan(identity_), deadline, ended.get());
    control.await(said_reseeded, deadline, ended.get());
    timings_.lap("reseed");
    base.host_key = identity_.host_key.public_key;
    if (!waiting) {
      control.await(said_ready, deadline, ended.get());
      timings_.lap("renew");
      return connect(std::move(vm), base, fork_limit);
    }
    SshConnection ssh = waiting->connection.take_up(deadline, ended.get());
    timings_.lap("connect");
    control.await(said_ready, deadline, ended.get());
    timings_.lap("renew");
    return assemble(std::move(vm), base, std::move(ssh), std::move(ended));
  }

  SessionVm boot_cold(const MachineRequest& request) {
    return boot_twice_if_it_dies(context_.progress, [&] { return boot_once(request); });
  }

  SessionVm boot_once(const MachineRequest& request) {
    context_.progress.phase("Booting the VM");
    const fs::path overlay = directory_ / "disk.qcow2";
    fs::remove(overlay);
    std::vector<DiskLayer> disk{{overlay, DiskLayer::Format::qcow2}};
    std::optional<FileLock> lease;
    if (plan_.resume_snapshot) {
      lease = snapshots_.lease(*plan_.resume_snapshot);
      disk.push_back(layer_at(snapshots_.disk_of(*plan_.resume_snapshot)));
      for (const auto& path : snapshot().disk_chain) {
        disk.push_back(layer_at(path));
      }
    } else {
      disk.insert(disk.end(), request.base.disk.begin(), request.base.disk.end());
    }
    create_overlay(overlay, disk[1], request.disk);
    VmSpec spec = cold_spec(request, disk, context_);
    spec.mac = identity_.mac;
    spec.workspace = workspace_export(plan_, directory_);
    spec.directories = directories_.host;
    spec.kept_disk = directories_.kept_disk;
    NetworkedMachine vm = companions_.start(spec);
    SessionVm session = connect(std::move(vm), request.base, boot_limit);
    session.disk = spec.disk;
    if (lease) {
      session.snapshot_leases.push_back(std::move(*lease));
    }
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
    UniqueFd ended = companions_.watch(vm);
    parked.begin(session_preparation(plan_, identity_, directories_), deadline, ended.get());
    timings_.lap("reseed");
    SshConnection ssh = parked.log_in(deadline, ended.get());
    timings_.lap("connect");
    SessionVm session = assemble(std::move(vm), base, std::move(ssh), std::move(ended));
    session.being_prepared = std::move(parked);
    return session;
  }

  SessionVm connect(NetworkedMachine vm, const BaseBuild& base, std::chrono::seconds limit) {
    UniqueFd ended = companions_.watch(vm);
    SshConnection ssh = connect_to(vm, base, limit, ended.get());
    timings_.lap("connect");
    return assemble(std::move(vm), base, std::move(ssh), std::move(ended));
  }

  static SshConnection connect_to(NetworkedMachine& vm, const BaseBuild& base, std::chrono::seconds limit, int ended) {
    try {
      return SshConnection::connect(root_login(vm, base), Clock::now() + limit, ended);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      // Of QEMU's end the room hears first: its sockets close before its process is gone.
      if (wait_readable(ended, Clock::now()) && vm.machine.wait_until_ended(Clock::now() + going_limit)) {
        throw BootDied(error, vm.machine.diagnostics());
      }
      throw;
    }
  }

  SessionVm assemble(NetworkedMachine vm, const BaseBuild& base, SshConnection ssh, UniqueFd ended) {
    SshEndpoint endpoint = root_login(vm, base);
    CompanionProcesses beside = companions_.hand_over();
    return {.room = std::move(vm.room),
            .guard = std::move(beside.guard),
            .project_disk = std::move(beside.disk),
            .machine = std::move(vm.machine),
            .ssh = std::move(ssh),
            .endpoint = std::move(endpoint),
            .base = base,
            .disk = {},
            .forked_from = {},
            .ram_file = {},
            .snapshot_leases = {},
            .machine_digest = {},
            .being_prepared = {},
            .control = {},
            .spare_login = {},
            .ended = std::move(ended),
            .gateway = std::move(beside.gateway)};
  }

  const RunPlan& plan_;
  const MachineIdentity& identity_;
  const SharedDirectories& directories_;
  const fs::path& directory_;
  const ImageContext& context_;
  Timings& timings_;
  Companions companions_;
  SnapshotStore snapshots_{context_.directories.data / "snapshots"};
};

}  // namespace

MachineRequest machine_request(const RunPlan& plan, const BaseBuild& base, const ImageContext& context) {
  const auto accelerator = choose_accelerator(context.qemu, base.kernel(), base.initrd(), context.directories.cache,
                                              context.user_config.accelerator);
  return {.base = base,
          .shape = {.accelerator = accelerator.accelerator, .cpus = plan.cpus, .memory = plan.memory},
          .disk = plan.disk,
          .network = network_of(plan)};
}

SessionVm start_session_vm(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories,
                           const fs::path& vm_directory, const ImageContext& context, const BeginGateway& begin_gateway,
                           Timings& timings) {
  fs::create_directory(vm_directory);
  return Starter(plan, identity, directories, vm_directory, context, begin_gateway, timings).start();
}

}  // namespace agentbox
