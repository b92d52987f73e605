// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/exit_status.hpp"
#include "core/units.hpp"
#include "sys/name_calls.hpp"
#include "sys/process.hpp"
#include "sys/unique_fd.hpp"
#include "vm/qemu/private_pages.hpp"
#include "vm/qemu/qmp.hpp"
#include "vm/qemu/spec.hpp"

namespace agentbox {

/// What keeps QEMU, the wire and the gateway in (docs/decisions/0009). automatic is what may be asked for;
/// choose_confinement() makes one of the others of it.
enum class Confinement { automatic, bubblewrap, landlock, none };
std::string to_string(Confinement confinement);

/// Where a VM may write and how it is run.
struct MachineFiles {
  std::filesystem::path directory;  ///< the session's (or build's) own: qmp.sock, console.log and the top disk live here
  Confinement confinement = Confinement::bubblewrap;
  std::optional<SupervisedNames> supervised = {};  ///< who is asked before QEMU uses files by name; none: nobody
};

/// A QEMU process of ours with its QMP connection. Destroying it kills QEMU (and its sandbox) and reaps it.
class QemuMachine {
 public:
  /// Starts QEMU for spec (host paths; the confinement translates them). For DirectBoot and FirmwareBoot the guest runs
  /// on return; for IncomingState call restore(). Throws Error{backend} with the tail of QEMU's own messages when it dies,
  /// Error{environment} when /proc does not show every wall of its confinement.
  static QemuMachine start(const VmSpec& spec, const MachineFiles& files);

  QemuMachine(QemuMachine&&) noexcept;
  QemuMachine& operator=(QemuMachine&&) noexcept;
  ~QemuMachine();

  /// Loads device state from state_file (capability x-ignore-shared: RAM is the template's), then lets the guest run.
  void restore(const std::filesystem::path& state_file);
  /// Stops the guest, writes device state (without RAM) to state_file, leaves the guest stopped.
  void freeze(const std::filesystem::path& state_file);

  // Saving a machine that goes on (docs/decisions/0033). The guest stands still from pause() to go_on().
  void pause();
  void go_on();
  /// Why its state cannot be saved now, in QEMU's words; empty: it can. A 9p share that the guest has mounted is a reason.
  [[nodiscard]] std::vector<std::string> what_blocks_saving();
  /// Writes device state without any RAM to state_file, which the caller syncs; its memory is its RAM file with private_memory() upon it.
  void save_devices(const std::filesystem::path& state_file);
  /// The pages that the guest has written, of the file that its RAM maps privately.
  PrivatePages private_memory(const std::filesystem::path& ram_file);
  /// Puts overlay, made by create_overlay() in the VM's own directory, on top of the disk: what was the top is not written any more.
  void put_on_disk(const std::filesystem::path& overlay);

  /// The port on 127.0.0.1 that leads to the guest's port 22 (from "info usernet").
  [[nodiscard]] Port ssh_port();
  /// Asks for a power-off (ACPI) and waits; false when the guest still runs at the deadline.
  bool power_off(Deadline deadline);
  /// Waits until QEMU ends by itself; false at the deadline.
  bool wait_until_ended(Deadline deadline);
  /// Tells QEMU to quit and reaps it; kills it if it does not obey. Disks are flushed only by power_off().
  void quit() noexcept;

  /// Of QEMU itself, or under bubblewrap of the first process of its PID namespace: killing it kills everything in there.
  [[nodiscard]] int pidfd() const noexcept;
  [[nodiscard]] pid_t pid() const noexcept;
  [[nodiscard]] bool running() noexcept;
  /// How it ended, in words: by its event SHUTDOWN (QEMU, qapi/run-state.json), or by the status of its process and its last message. Empty when
  /// neither tells; no value when it goes on. Waits two seconds for the first sign of an end, and then as many for the rest of it. After quit()
  /// and wait_until_ended() the end may be ours.
  [[nodiscard]] std::optional<std::string> ending();
  /// What QEMU itself said on stderr (tail), escaped for a terminal.
  [[nodiscard]] std::string diagnostics() const;
  /// The last lines of the guest's console (from memory, or from VmSpec::console_log), escaped for a terminal.
  [[nodiscard]] std::string console_tail();

 private:
  struct Impl;
  explicit QemuMachine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Makes an empty qcow2 overlay over backing, of its virtual size, or of size when that is larger. No process is needed (see
/// qcow2.hpp). The file must not exist. Throws Error{backend} when backing is no sound qcow2 file.
void create_overlay(const std::filesystem::path& overlay, const DiskLayer& backing, std::optional<ByteSize> size = {});

}  // namespace agentbox
