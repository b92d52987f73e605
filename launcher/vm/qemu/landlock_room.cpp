// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/landlock_room.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

namespace agentbox {
namespace {

using Access = PathRule::Access;

// The same on all architectures; newer than the headers of the oldest supported system.
constexpr long setxattrat_call = 463;
constexpr long removexattrat_call = 466;

void add_boot(PathRules& rules, const BootSource& boot) {
  if (const auto* direct = std::get_if<DirectBoot>(&boot)) {
    rules.push_back({Access::read, direct->kernel});
    rules.push_back({Access::read, direct->initrd});
  }
}

void add_ram(PathRules& rules, const VmSpec& spec) {
  if (const auto* shared = std::get_if<SharedRamFile>(&spec.ram)) {
    rules.push_back({Access::write, shared->path});
  } else if (const auto* forked = std::get_if<PrivateRamFile>(&spec.ram)) {
    // An older QEMU opens the file read-write even for a private mapping.
    rules.push_back({opens_ram_read_only(spec.qemu_version) ? Access::read : Access::write, forked->path});
  }
}

void add_disks(PathRules& rules, const VmSpec& spec, const std::filesystem::path& directory) {
  for (std::size_t i = 0; i < spec.disk.size(); ++i) {
    if (i > 0 || spec.disk[i].path.parent_path() != directory) {
      rules.push_back({i == 0 ? Access::write : Access::read, spec.disk[i].path});
    }
  }
  if (spec.seed_image) {
    rules.push_back({Access::read, *spec.seed_image});
  }
  if (spec.kept_disk) {
    rules.push_back({Access::write, spec.kept_disk->path});
  }
}

void add_devices(PathRules& rules, const VmSpec& spec) {
  rules.push_back({Access::write, "/dev/null"});
  rules.push_back({Access::read, "/dev/urandom"});
  if (spec.shape.accelerator == Accelerator::kvm) {
    rules.push_back({Access::write, "/dev/kvm"});
  }
}

/// open(..., flags, ...) with O_RDONLY | O_TRUNC empties a file, and counts as reading.
void check_truncation(bpf::Program& program, long call, unsigned flags_argument) {
  using namespace bpf;
  bpf::append(program, {if_equal(static_cast<std::uint32_t>(call), 0, 6), load_argument(flags_argument),
                   if_any_bit(O_TRUNC, 0, 3), load_argument(flags_argument), if_any_bit(O_ACCMODE, 1, 0), fail_with(EPERM),
                   allow()});
}

}  // namespace

PathRules landlock_rules(const VmSpec& spec, const MachineFiles& files, const HostLayout& host) {
  PathRules rules{{Access::run, "/usr"}};
  for (const auto& path : host.read_only) {
    rules.push_back({Access::run, path});
  }
  add_devices(rules, spec);
  const auto* user = std::get_if<UserNetwork>(&spec.network);
  if (user != nullptr && user->mode == NetworkMode::open && !host.name_servers.empty()) {
    rules.push_back({Access::read, host.name_servers});  // libslirp reads them
  }
  add_boot(rules, spec.boot);
  add_ram(rules, spec);
  rules.push_back({Access::write_tree, files.directory});
  add_disks(rules, spec, files.directory);
  const bool writable = spec.workspace.access == WorkspaceExport::Access::read_write;
  rules.push_back({writable ? Access::write_tree : Access::read, spec.workspace.directory});
  return rules;
}

LandlockNetwork landlock_network(const NetworkDevice& network) {
  return std::holds_alternative<UserNetwork>(network) ? LandlockNetwork::internet : LandlockNetwork::none;
}

bpf::Program landlock_gap_filter(const NetworkDevice& network) {
  using namespace bpf;
  Program program;
  begin(program, fail_with(ENOSYS));
  refuse(program, {SYS_truncate}, EPERM);
  refuse(program,
         {SYS_setxattr, SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr, setxattrat_call, removexattrat_call}, EOPNOTSUPP);
  if (landlock_network(network) == LandlockNetwork::internet) {
    bpf::append(program, {if_equal(SYS_socket, 0, 5), load_argument(0), if_equal(AF_INET, 2, 0), if_equal(AF_INET6, 1, 0),
                     fail_with(EAFNOSUPPORT), allow()});
  } else {
    refuse(program, {SYS_socket, SYS_connect, SYS_bind}, EPERM);
  }
#if defined(SYS_open)
  check_truncation(program, SYS_open, 1);
#endif
  check_truncation(program, SYS_openat, 2);
  bpf::append(program, {allow()});
  return program;
}

}  // namespace agentbox
