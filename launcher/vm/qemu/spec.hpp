// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/policy.hpp"
#include "core/units.hpp"
#include "sys/shield.hpp"

namespace agentbox {

enum class Accelerator { kvm, tcg };
std::string to_string(Accelerator accelerator);

/// The part of a VM that a template and its forks must have in common, to the letter.
struct MachineShape {
  Accelerator accelerator = Accelerator::tcg;
  int cpus = 2;
  ByteSize memory;
  friend bool operator==(const MachineShape&, const MachineShape&) = default;
};

/// One qcow2 (or raw) file of a disk chain.
struct DiskLayer {
  std::filesystem::path path;
  enum class Format { qcow2, raw } format = Format::qcow2;
};

/// Boots the kernel directly (no firmware menu, no boot loader).
struct DirectBoot {
  std::filesystem::path kernel;
  std::filesystem::path initrd;
  std::string append;
};
/// Boots what the disk's own boot loader says (a cloud image's first boot).
struct FirmwareBoot {};
/// Waits for device state on a descriptor (QMP migrate-incoming); RAM comes from the template's file. frozen: as QemuMachine::freeze()
/// wrote it. saved_running: as QemuMachine::save_devices() did.
struct IncomingState { enum class Kind { frozen, saved_running } kind = Kind::frozen; };
using BootSource = std::variant<DirectBoot, FirmwareBoot, IncomingState>;

/// Guest RAM. anonymous: plain boot. shared_file: being made into a template. private_file: a fork (MAP_PRIVATE).
struct AnonymousRam {};
struct SharedRamFile { std::filesystem::path path; };
struct PrivateRamFile { std::filesystem::path path; };
using RamBacking = std::variant<AnonymousRam, SharedRamFile, PrivateRamFile>;

/// What the 9p device exports.
struct WorkspaceExport {
  std::filesystem::path directory;   ///< a host directory (an empty one when there is no workspace)
  enum class Access { read_write, read_only } access = Access::read_write;
  std::vector<Shield> shields = {};  ///< parents first; only in a room of bubblewrap's
};

/// Host directories besides the workspace. One more 9p device exports them all, each below its name, in a room of bubblewrap's:
/// nothing else puts directories from here and there below one (else Error{environment} when the VM is started).
struct SharedDirectory {
  std::string name;                  ///< plain
  std::filesystem::path directory;   ///< on the host
  WorkspaceExport::Access access = WorkspaceExport::Access::read_only;
  /// By which of the guard's rules it is held: none; those of a project; git's alone, when it is a repository's own directory.
  enum class Guarded { no, as_project, as_git_directory } guarded = Guarded::no;
  std::vector<Shield> shields = {};
  friend bool operator==(const SharedDirectory&, const SharedDirectory&) = default;
};

/// The other end of the guest's network card. A template and its forks must have the same kind.
/// UserNetwork: QEMU's own user networking, which opens sockets of the host's. WireNetwork: frames on a connected stream
/// socket (see wire/network_room.hpp), and no network for QEMU at all.
struct UserNetwork { NetworkMode mode = NetworkMode::open; };
struct WireNetwork { int socket = -1; };  ///< a descriptor of ours that QEMU inherits
using NetworkDevice = std::variant<UserNetwork, WireNetwork>;

/// Byte streams into the guest besides its network: virtio-serial ports "agentbox.ssh", "agentbox.ssh2" and "agentbox.control", for what
/// a template or a snapshot holds ready for its forks (image/templates/parked_guest.hpp). Connected sockets of ours that QEMU inherits;
/// -1: the port is there, and nobody at its other end.
enum class LoginPort { first, second };
struct SerialPorts {
  int ssh = -1;
  int ssh2 = -1;
  int control = -1;

  int& login(LoginPort port) { return port == LoginPort::first ? ssh : ssh2; }
};

/// A second disk, raw, which a project keeps between its sessions (store/hot_store.hpp). Its device is there in every machine that boots
/// our way from a disk, template and forks alike, so its size is always the same; where there is no image nothing is behind it: it
/// reads as zeros and forgets what is written. The guest finds it by its serial number.
struct KeptDiskImage {
  std::filesystem::path path;  ///< of kept_disk_size
  int lock = -1;               ///< a descriptor of ours that QEMU inherits: the disk is taken for as long as it runs; -1: none
};
inline constexpr ByteSize kept_disk_size = ByteSize::gibibytes(32);

/// A third disk, read-only: the project, shown by agentbox-disk (disk/tree_disk.hpp) over NBD. Its device is there in the same machines as that of
/// the second, and reads as zeros where nobody shows anything. The guest finds it by its serial number.
struct ProjectDiskSocket { int socket = -1; };  ///< connected; a descriptor of ours that QEMU inherits
inline constexpr ByteSize project_disk_size = ByteSize::gibibytes(8192);

/// A virtual machine as a value; qemu_arguments() turns it into argv. All paths are as QEMU sees them.
struct VmSpec {
  std::string qemu;                  ///< program
  std::string qemu_version;          ///< as QemuProgram::version; empty: treated as the oldest supported one, 7.2
  MachineShape shape;
  BootSource boot = IncomingState{};
  RamBacking ram = AnonymousRam{};
  std::vector<DiskLayer> disk;       ///< first the writable top, then its backing files in order
  std::optional<std::filesystem::path> seed_image;  ///< read-only second disk (NoCloud), raw
  std::optional<KeptDiskImage> kept_disk = {};
  std::optional<ProjectDiskSocket> project_disk = {};
  WorkspaceExport workspace;
  std::vector<SharedDirectory> directories;
  std::filesystem::path nothing = {};  ///< a directory of the host's that QEMU does not see, with an empty "file" and "directory": for shields
  std::filesystem::path directories_at = "/directories";  ///< as QEMU sees their parent
  NetworkDevice network = UserNetwork{};
  std::string mac = "52:54:00:ab:0c:01";
  SerialPorts ports;
  int qmp_fd = -1;                   ///< a listening unix socket that QEMU inherits
  /// What the guest writes to its serial port: a file in the VM's own directory. It grows as long as the guest writes, so
  /// only for guests of ours (builds). Empty: QEMU keeps the last 64 KiB in memory (QemuMachine::console_tail).
  std::filesystem::path console_log;
};

/// True when QEMU can open a template's RAM read-only for a private mapping (memory-backend-file readonly=on,rom=off, QEMU
/// 8.2). Before that it opens the file read-write even though it never writes through it.
bool opens_ram_read_only(const std::string& qemu_version);

/// The whole argv, program included. Pure. No path or value in the spec can become another option: everything variable
/// goes through QEMU's JSON syntax (-blockdev, -object, -device, -netdev), stands alone in an argument that QEMU does not take
/// apart (-kernel, -initrd, -append), or is a path fixed by us: -fsdev and -chardev split their argument at commas and know no
/// JSON, so workspace.directory and directories_at must be "/workspace", "/directories" or "/proc/self/fd/N" and console_log a plain file name (else
/// Error{internal}; see confinement.hpp for who puts them there).
std::vector<std::string> qemu_arguments(const VmSpec& spec);

}  // namespace agentbox
