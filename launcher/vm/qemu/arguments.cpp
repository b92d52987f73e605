// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "vm/qemu/spec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace agentbox {
namespace {

using nlohmann::json;
using Arguments = std::vector<std::string>;

// A fixed PCI slot per device: where a device sits must not depend on which others there are, or a fork would not find
// the template's devices in their places.
constexpr auto kDiskSlot = "0x2";
constexpr auto kSeedSlot = "0x3";
constexpr auto kNetworkSlot = "0x4";
constexpr auto kRandomSlot = "0x5";
constexpr auto kWorkspaceSlot = "0x6";
constexpr auto kSerialSlot = "0x7";
constexpr auto kDirectoriesSlot = "0x8";
constexpr auto kKeptDiskSlot = "0x9";
constexpr auto kProjectDiskSlot = "0xa";

// As the guest looks for them (guest/disks.hpp).
constexpr auto kKeptDiskSerial = "agentbox-kept";
constexpr auto kProjectDiskSerial = "agentbox-project";

// That of the network room (wire/protocol.hpp). A packet costs an emulated guest much, a byte hardly anything.
constexpr int kWireMtu = 65520;

void append(Arguments& arguments, std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); }

std::string json_text(const json& value) {
  try {
    return value.dump();
  } catch (const json::type_error&) {  // JSON is UTF-8, a Linux path is any bytes
    throw Error(ErrorKind::environment,
                "cannot hand a path to QEMU: it is not UTF-8: " +
                    escape_untrusted(value.dump(-1, ' ', false, json::error_handler_t::replace)),
                "rename the directory, or move agentbox's own directories with AGENTBOX_HOME");
  }
}

bool is_fixed_export(const std::string& path) {
  constexpr std::string_view descriptors = "/proc/self/fd/";
  if (path == "/workspace" || path == "/directories") {
    return true;
  }
  const std::string_view rest = std::string_view(path).substr(std::min(path.size(), descriptors.size()));
  return path.starts_with(descriptors) && !rest.empty() && rest.size() <= 4 &&
         rest.find_first_not_of("0123456789") == std::string_view::npos;
}

void add_machine(Arguments& arguments, const MachineShape& shape) {
  // No SATA, SMBus or VMware port: a stock guest needs none of them, and probing an empty AHCI bus costs seconds under
  // TCG. Guest RAM stays out of core dumps and is never merged with another guest's (a side channel).
  append(arguments,
         {"-machine", "q35,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off,memory-backend=mem"});
  // Not QEMU's default model: several agents' binaries need newer instructions. No nested virtualisation.
  if (shape.accelerator == Accelerator::kvm) {
    append(arguments, {"-accel", "kvm", "-cpu", "host,vmx=off,svm=off"});
  } else {
    // Taking svm away from "max" also takes CPUID leaf 0x80000008 away (QEMU 7.2), where the address sizes stand; a kernel
    // with 5-level paging on then misjudges its own pointers, and the guest's first programs abort. So the leaf is asked
    // for, and 5-level paging, which only costs, is off. So are ERMS and FSRM: they tell programs to copy byte by byte (docs/decisions/0081).
    append(arguments, {"-accel", "tcg,thread=multi", "-cpu", "max,vmx=off,svm=off,la57=off,erms=off,fsrm=off,min-xlevel=0x80000008"});
  }
  append(arguments, {"-smp", std::to_string(shape.cpus), "-m", fmt::format("{}M", shape.memory.bytes() >> 20U)});
}

void add_ram(Arguments& arguments, const VmSpec& spec) {
  json ram = {{"id", "mem"}, {"size", spec.shape.memory.bytes() >> 20U << 20U}};
  if (const auto* shared = std::get_if<SharedRamFile>(&spec.ram)) {
    ram.update({{"qom-type", "memory-backend-file"}, {"mem-path", shared->path.native()}, {"share", true}});
  } else if (const auto* forked = std::get_if<PrivateRamFile>(&spec.ram)) {
    ram.update({{"qom-type", "memory-backend-file"}, {"mem-path", forked->path.native()}, {"share", false}});
    if (opens_ram_read_only(spec.qemu_version)) {
      ram.update({{"readonly", true}, {"rom", "off"}});
    }
  } else {
    ram.update({{"qom-type", "memory-backend-ram"}});
  }
  append(arguments, {"-object", json_text(ram)});
}

/// The chain from the bottom up, since a node must exist before another names it. The whole chain is explicit: QEMU
/// never follows a path that stands inside an image, which a guest may have written.
void add_disk(Arguments& arguments, const std::vector<DiskLayer>& layers) {
  if (layers.empty()) {
    return;
  }
  for (std::size_t i = layers.size(); i-- > 0;) {
    const bool qcow2 = layers[i].format == DiskLayer::Format::qcow2;
    const bool top = i == 0;
    json file = {{"driver", "file"}, {"filename", layers[i].path.native()}};
    json node = {{"driver", qcow2 ? "qcow2" : "raw"}, {"node-name", fmt::format("d{}", i)}, {"read-only", !top}};
    if (top) {
      file["discard"] = "unmap";
      node["discard"] = "unmap";
    }
    if (qcow2) {
      node["backing"] = i + 1 < layers.size() ? json(fmt::format("d{}", i + 1)) : json(nullptr);
    }
    node["file"] = std::move(file);
    append(arguments, {"-blockdev", json_text(node)});
  }
  append(arguments,
         {"-device",
          json_text(
              {{"driver", "virtio-blk-pci"}, {"id", "disk"}, {"drive", "d0"}, {"bootindex", 1}, {"addr", kDiskSlot}})});
}

void add_seed(Arguments& arguments, const std::filesystem::path& image) {
  append(arguments,
         {"-blockdev",
          json_text({{"driver", "raw"},
                     {"node-name", "seed"},
                     {"read-only", true},
                     {"file", {{"driver", "file"}, {"filename", image.native()}}}}),
          "-device",
          json_text({{"driver", "virtio-blk-pci"}, {"id", "seed-disk"}, {"drive", "seed"}, {"addr", kSeedSlot}})});
}

void add_kept_disk(Arguments& arguments, const std::optional<KeptDiskImage>& kept) {
  json node = {{"driver", "null-co"}, {"size", kept_disk_size.bytes()}, {"read-zeroes", true}, {"node-name", "kept"}};
  if (kept) {
    node = {{"driver", "raw"},
            {"node-name", "kept"},
            {"discard", "unmap"},
            {"file", {{"driver", "file"}, {"filename", kept->path.native()}, {"discard", "unmap"}}}};
  }
  append(arguments, {"-blockdev", json_text(node), "-device",
                     json_text({{"driver", "virtio-blk-pci"},
                                {"id", "kept-disk"},
                                {"drive", "kept"},
                                {"serial", kKeptDiskSerial},
                                {"addr", kKeptDiskSlot}})});
}

void add_project_disk(Arguments& arguments, const std::optional<ProjectDiskSocket>& shown) {
  json node = {{"driver", "null-co"}, {"size", project_disk_size.bytes()}, {"read-zeroes", true}};
  if (shown) {
    node = {{"driver", "nbd"}, {"server", {{"type", "fd"}, {"str", std::to_string(shown->socket)}}}, {"export", "project"}};
  }
  node.update({{"node-name", "project"}, {"read-only", true}});
  // With a shape of its own: QEMU would read the first block to guess one, and wait for it.
  append(arguments, {"-blockdev", json_text(node), "-device",
                     json_text({{"driver", "virtio-blk-pci"},
                                {"id", "project-disk"},
                                {"drive", "project"},
                                {"serial", kProjectDiskSerial},
                                {"cyls", 16383},
                                {"heads", 16},
                                {"secs", 63},
                                {"addr", kProjectDiskSlot}})});
}

json user_network(const UserNetwork& network) {
  // Host port 0: the kernel picks a free one, nobody guesses. IPv6 off: restrict does not hold with it.
  return {{"type", "user"},
          {"id", "net0"},
          {"ipv6", false},
          {"restrict", network.mode != NetworkMode::open},
          {"hostfwd", json::array({{{"str", "tcp:127.0.0.1:0-:22"}}})}};
}

json wire_network(const WireNetwork& network) {
  return {{"type", "stream"},
          {"id", "net0"},
          {"server", false},
          {"addr", {{"type", "fd"}, {"str", std::to_string(network.socket)}}}};
}

void add_network(Arguments& arguments, const VmSpec& spec) {
  // A machine that was restored is where it was (restore() asks for no announcement), so its guest has nothing to announce either. With that
  // feature QEMU 7.2 frees a timer after a restore that it uses again when the card is reset, and crashes when the guest powers off.
  json card = {{"driver", "virtio-net-pci"}, {"id", "nic"}, {"netdev", "net0"}, {"mac", spec.mac},
               {"romfile", ""}, {"addr", kNetworkSlot}, {"guest_announce", false}};
  json network;
  if (const auto* wire = std::get_if<WireNetwork>(&spec.network)) {
    network = wire_network(*wire);
    card["host_mtu"] = kWireMtu;  // the guest's driver takes it over by itself
  } else {
    network = user_network(std::get<UserNetwork>(spec.network));
  }
  append(arguments, {"-netdev", json_text(network), "-device", json_text(card)});
}

struct Share {
  std::string id;      ///< of QEMU's file system device
  std::string device;
  std::string tag;     ///< by which the guest mounts it
  const char* slot;
};

void add_share(Arguments& arguments, const Share& share, const std::filesystem::path& directory, WorkspaceExport::Access access) {
  const std::string path = directory.native();
  if (!is_fixed_export(path)) {
    throw Error(ErrorKind::internal, "the exported directory must come as a fixed path: " + escape_untrusted(path));
  }
  const bool read_only = access == WorkspaceExport::Access::read_only;
  append(arguments, {"-fsdev",
                     fmt::format("local,id={},path={},security_model=none,multidevs=remap{}", share.id, path,
                                 read_only ? ",readonly=on" : ""),
                     "-device",
                     json_text({{"driver", "virtio-9p-pci"},
                                {"id", share.device},
                                {"fsdev", share.id},
                                {"mount_tag", share.tag},
                                {"addr", share.slot}})});
}

void add_shares(Arguments& arguments, const VmSpec& spec) {
  add_share(arguments, {"ws", "share", "workspace", kWorkspaceSlot}, spec.workspace.directory, spec.workspace.access);
  // Which of them can be written is a matter of each one's bind in the room.
  const auto access = spec.directories.empty() ? WorkspaceExport::Access::read_only : WorkspaceExport::Access::read_write;
  add_share(arguments, {"dirs", "directories", "directories", kDirectoriesSlot}, spec.directories_at, access);
}

void add_port(Arguments& arguments, const std::string& id, int number, int socket) {
  // Without a socket the guest still finds somebody at the other end, who takes all and says nothing.
  append(arguments, {"-chardev", socket < 0 ? "null,id=" + id : fmt::format("socket,id={},fd={}", id, socket), "-device",
                     json_text({{"driver", "virtserialport"},
                                {"bus", "serial.0"},
                                {"nr", number},
                                {"chardev", id},
                                {"name", "agentbox." + id}})});
}

void add_ports(Arguments& arguments, const SerialPorts& ports) {
  // Port 0 is a console's.
  append(arguments, {"-device", json_text({{"driver", "virtio-serial-pci"}, {"id", "serial"}, {"max_ports", 4}, {"addr", kSerialSlot}})});
  add_port(arguments, "ssh", 1, ports.ssh);
  add_port(arguments, "control", 2, ports.control);
  add_port(arguments, "ssh2", 3, ports.ssh2);
}

void add_control(Arguments& arguments, const VmSpec& spec) {
  append(arguments, {"-chardev", fmt::format("socket,id=qmp,fd={},server=on,wait=off", spec.qmp_fd), "-mon",
                     "chardev=qmp,mode=control"});
  const std::string console = spec.console_log.native();
  if (!console.empty() && !is_plain_name(console)) {
    throw Error(ErrorKind::internal, "the console log must be a plain file name: " + escape_untrusted(console));
  }
  append(arguments, {"-chardev", console.empty() ? "ringbuf,id=console,size=65536" : "file,id=console,path=" + console,
                     "-serial", "chardev:console"});
}

void add_boot(Arguments& arguments, const BootSource& boot) {
  if (const auto* direct = std::get_if<DirectBoot>(&boot)) {
    append(arguments,
           {"-kernel", direct->kernel.native(), "-initrd", direct->initrd.native(), "-append", direct->append});
  } else if (const auto* incoming = std::get_if<IncomingState>(&boot)) {
    append(arguments, {"-incoming", "defer"});
    if (incoming->kind == IncomingState::Kind::saved_running) {
      append(arguments, {"-global", "migration.send-configuration=off"});  // what save_devices() writes has no such section
    }
  }
}

}  // namespace

std::string to_string(Accelerator accelerator) { return accelerator == Accelerator::kvm ? "kvm" : "tcg"; }

bool opens_ram_read_only(const std::string& qemu_version) {
  int major = 0;
  int minor = 0;
  const char* const end = qemu_version.data() + qemu_version.size();
  const auto first = std::from_chars(qemu_version.data(), end, major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.' ||
      std::from_chars(first.ptr + 1, end, minor).ec != std::errc()) {
    return false;
  }
  return std::pair(major, minor) >= std::pair(8, 2);
}

std::vector<std::string> qemu_arguments(const VmSpec& spec) {
  Arguments arguments = {spec.qemu, "-name", "agentbox", "-nodefaults", "-no-user-config", "-display", "none"};
  add_machine(arguments, spec.shape);
  add_ram(arguments, spec);
  add_disk(arguments, spec.disk);
  if (spec.seed_image) {
    add_seed(arguments, *spec.seed_image);
  }
  if (!spec.disk.empty() && !std::holds_alternative<FirmwareBoot>(spec.boot)) {
    add_kept_disk(arguments, spec.kept_disk);
    add_project_disk(arguments, spec.project_disk);
  }
  add_network(arguments, spec);
  append(arguments, {"-device", json_text({{"driver", "virtio-rng-pci"}, {"id", "rng"}, {"addr", kRandomSlot}})});
  // A new generation id per start: the guest's kernel reseeds its random numbers, so that forks are no twins.
  append(arguments, {"-device", json_text({{"driver", "vmgenid"}, {"guid", "auto"}})});
  add_shares(arguments, spec);
  add_ports(arguments, spec.ports);
  add_control(arguments, spec);
  append(arguments, {"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
  append(arguments, {"-no-reboot"});  // a guest that reboots or panics ends its VM
  add_boot(arguments, spec.boot);
  return arguments;
}

}  // namespace agentbox
