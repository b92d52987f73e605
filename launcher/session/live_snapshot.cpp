// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/live_snapshot.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/parked.hpp"
#include "session/bring_out.hpp"
#include "session/live_machine.hpp"
#include "store/live_manifest.hpp"
#include "store/snapshot_manifest.hpp"
#include "store/snapshot_store.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <exception>
#include <utility>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds guest_limit{60};
/// A new SSH server's first words; without them a snapshot is as good, its forks take longer.
constexpr std::chrono::seconds login_limit{20};

/// What the session has started stands still for as long as this lives.
class Pause {
 public:
  explicit Pause(SessionVm& vm) : vm_(vm) {
    const RemoteOutput paused = vm.ssh.run({.command = guest_pause_command});
    if (!paused.status.success()) {
      throw Error(ErrorKind::backend, "the VM does not stand still: " + escape_untrusted(trim(paused.error_output), 400));
    }
  }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() {
    try {
      end();
    } catch (const std::exception&) {  // the VM has ended, and the session with it
    }
  }
  void end() {
    if (std::exchange(paused_, false)) {
      send(*vm_.guest_control(), thaw_plan(), Clock::now() + guest_limit, vm_.ended.get());
      vm_.guest_control()->await(said_ready, Clock::now() + guest_limit, vm_.ended.get());
    }
  }

 private:
  SessionVm& vm_;
  bool paused_ = true;
};

/// The same for the machine.
class StandStill {
 public:
  explicit StandStill(QemuMachine& machine) : machine_(machine) { machine.pause(); }
  StandStill(const StandStill&) = delete;
  StandStill& operator=(const StandStill&) = delete;
  ~StandStill() {
    try {
      end();
    } catch (const std::exception&) {  // as above
    }
  }
  void end() {
    if (std::exchange(stands_, false)) {
      machine_.go_on();
    }
  }

 private:
  QemuMachine& machine_;
  bool stands_ = true;
};

void require_unblocked(QemuMachine& machine) {
  const auto reasons = machine.what_blocks_saving();
  if (!reasons.empty()) {
    throw Error(ErrorKind::environment, "QEMU cannot save the VM now: " + join(reasons, "; "),
                "something in the VM has mounted a share by itself; unmount it there");
  }
}

class Taking {
 public:
  Taking(const RunPlan& plan, SessionVm& vm, SessionHandle& session, const Application& application)
      : plan_(plan), vm_(vm), session_(session), application_(application), snapshots_(application.directories.data / "snapshots") {}

  TakenSnapshot take(const std::string& name, const std::string& modes) {
    TakenSnapshot taken{.name = name, .stood_still = {}, .written_bytes = 0};
    SnapshotManifest manifest = snapshot_manifest(plan_, vm_, name);
    const OwnLayers layers(vm_.disk.front().path, manifest.disk_chain);
    manifest.disk_chain = layers.chain_in(snapshots_.directory_of(name));
    snapshots_.create_filled(manifest, [&](const fs::path& directory) { fill(directory, layers, modes, taken); });
    stand_on(manifest, layers);
    return taken;
  }

 private:
  void fill(const fs::path& directory, const OwnLayers& layers, const std::string& modes, TakenSnapshot& taken) {
    // All that can be done before is: the template's memory is there once more, the disk's next layer is prepared.
    const std::optional<std::string> greeting = leave_login();
    copy_sparse(vm_.ram_file, LiveManifest::ram_in(directory), 0600, Sync::later);
    const UniqueFd ram = open_file(LiveManifest::ram_in(directory), O_RDWR);
    const fs::path old_top = vm_.disk.front().path;
    const fs::path new_top = next_top(old_top);
    create_overlay(new_top, vm_.disk.front());
    sync_path(old_top);
    static_cast<void>(vm_.ssh.run({.command = "/usr/lib/agentbox/agentbox-guest sync"}));
    // While the session runs; of what it changes meanwhile there is little.
    PrivatePages memory = vm_.machine.private_memory(vm_.ram_file);
    memory.write_to(ram.get());
    save_machine(directory, memory, ram.get(), new_top, taken);
    // From here on the session runs again, on a layer of its own above what is the snapshot's now.
    layers.put_into(directory);
    sync_path(LiveManifest::state_in(directory));
    if (::fsync(ram.get()) != 0) {
      throw system_error("cannot write the machine's memory to the disk");
    }
    keep_index(session_.directory(), directory);
    write_file_atomically(directory / "lease", "", 0600);
    describe(directory, greeting, modes);
  }

  /// For the forks.
  std::optional<std::string> leave_login() {
    return vm_.spare_login ? vm_.spare_login->park(vm_.ssh, Clock::now() + login_limit) : std::nullopt;
  }

  void save_machine(const fs::path& directory, PrivatePages& memory, int ram, const fs::path& new_top, TakenSnapshot& taken) {
    const auto began = Clock::now();
    Pause guest(vm_);
    StandStill machine(vm_.machine);
    require_unblocked(vm_.machine);
    vm_.machine.save_devices(LiveManifest::state_in(directory));
    taken.written_bytes = memory.write_to(ram);
    vm_.machine.put_on_disk(new_top);
    vm_.disk.insert(vm_.disk.begin(), {new_top, DiskLayer::Format::qcow2});
    note_disk(plan_, vm_, session_);  // while nothing is written to the new layer
    machine.end();
    guest.end();
    taken.stood_still = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  }

  void describe(const fs::path& directory, const std::optional<std::string>& greeting, const std::string& modes) {
    fs::permissions(LiveManifest::state_in(directory), fs::perms::owner_read);
    LiveManifest live;
    note_plan(plan_, live);
    live.source = session_.record().id;
    live.qemu_version = application_.image_context(plan_.confinement, plan_.host_ca).qemu.version;
    live.machine_digest = vm_.machine_digest;
    live.accelerator = to_string(vm_.accelerator);
    live.disk_size = plan_.disk;
    live.ram = look_at_file(LiveManifest::ram_in(directory), SavedTime::inode);
    live.state = look_at_file(LiveManifest::state_in(directory), SavedTime::inode);
    live.disk = look_at_file(LiveManifest::disk_in(directory), SavedTime::content);
    live.state_sha256 = sha256_hex_of_file(LiveManifest::state_in(directory));
    live.terminal_modes = modes;
    if (greeting) {
      note_login(*vm_.spare_login, *greeting, session_.record().host_key, directory, live);
    }
    save_live_manifest(directory, live);
  }

  /// The session's own layers below the new one become the snapshot's.
  void stand_on(const SnapshotManifest& manifest, const OwnLayers& layers) {
    vm_.snapshot_leases.push_back(snapshots_.lease(manifest.name));
    vm_.disk[1].path = snapshots_.disk_of(manifest.name);
    for (std::size_t i = 0; i < manifest.disk_chain.size(); ++i) {
      vm_.disk[2 + i].path = manifest.disk_chain[i];
    }
    note_disk(plan_, vm_, session_);
    for (const auto& layer : layers.paths()) {
      std::error_code stays;
      fs::permissions(layer, fs::perms::owner_read, stays);
      fs::remove(layer, stays);  // it goes with the session
    }
  }

  static fs::path next_top(const fs::path& top) {
    for (int number = 1;; ++number) {
      const fs::path next = top.parent_path() / ("disk." + std::to_string(number) + ".qcow2");
      if (!fs::exists(next)) {
        return next;
      }
    }
  }

  const RunPlan& plan_;
  SessionVm& vm_;
  SessionHandle& session_;
  const Application& application_;
  SnapshotStore snapshots_;
};

}  // namespace

TakenSnapshot take_live_snapshot(const std::string& name, const std::string& modes, Liveness::Command command, const RunPlan& plan, SessionVm& vm,
                                 SessionHandle& session, const Application& application) {
  const bool booted = vm.ram_file.empty() || vm.guest_control() == nullptr;
  require_can_be_saved(plan, {.command = command, .machine = booted ? Liveness::Machine::booted : Liveness::Machine::forked}, session.record().id);
  return Taking(plan, vm, session, application).take(name, modes);
}

}  // namespace agentbox
