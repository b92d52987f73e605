// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/confinement.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/landlock.hpp"
#include "sys/namespaces.hpp"
#include "sys/process.hpp"
#include "sys/room_trial.hpp"
#include "vm/qemu/syscall_filter.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

void add(Arguments& arguments, std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); }

/// Binds a host file or directory to a fixed inner path and puts that into the spec instead.
void bind_into(Arguments& arguments, const char* how, fs::path& path, const fs::path& inside) {
  add(arguments, {how, path.native(), inside.native()});
  path = inside;
}

void add_namespaces(Arguments& arguments) {
  // User 1000 on purpose, whoever we are outside: the guest's user has uid 1000, too, so in the exported directory what
  // is ours looks like the guest user's, and what the guest user makes becomes ours.
  add(arguments, {"--unshare-user", "--uid", "1000", "--gid", "1000", "--unshare-pid", "--unshare-ipc",
                     "--unshare-uts", "--unshare-cgroup-try", "--new-session", "--cap-drop", "ALL"});
  add(arguments, {"--die-with-parent", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin"});
  // One heap for all of QEMU's threads (mallopt(3)): 4 MiB less, and no slower.
  add(arguments, {"--setenv", "MALLOC_ARENA_MAX", "1"});
}

void add_network(Arguments& arguments, const NetworkDevice& network) {
  const auto* user = std::get_if<UserNetwork>(&network);
  if (user == nullptr) {
    add(arguments, {"--unshare-net"});  // all it has is one socket
  } else if (user->mode == NetworkMode::open) {
    add(arguments, {"--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf"});  // libslirp reads the name servers there
  }
}

void bind_boot(Arguments& arguments, BootSource& boot) {
  if (auto* direct = std::get_if<DirectBoot>(&boot)) {
    bind_into(arguments, "--ro-bind", direct->kernel, "/boot/kernel");
    bind_into(arguments, "--ro-bind", direct->initrd, "/boot/initrd");
  }
}

void bind_ram(Arguments& arguments, VmSpec& spec) {
  if (auto* shared = std::get_if<SharedRamFile>(&spec.ram)) {
    bind_into(arguments, "--bind", shared->path, "/ram");
  } else if (auto* forked = std::get_if<PrivateRamFile>(&spec.ram)) {
    // An older QEMU opens the file read-write even for a private mapping and gives up on a read-only mount.
    bind_into(arguments, opens_ram_read_only(spec.qemu_version) ? "--ro-bind" : "--bind", forked->path, "/ram");
  }
}

void bind_disks(Arguments& arguments, VmSpec& spec, const fs::path& directory) {
  for (std::size_t i = 0; i < spec.disk.size(); ++i) {
    fs::path& path = spec.disk[i].path;
    if (i == 0 && path.parent_path() == directory) {
      path = "/session" / path.filename();
    } else {
      bind_into(arguments, i == 0 ? "--bind" : "--ro-bind", path, fmt::format("/disk/{}", i));
    }
  }
  if (spec.seed_image) {
    bind_into(arguments, "--ro-bind", *spec.seed_image, "/seed");
  }
  if (spec.kept_disk) {
    bind_into(arguments, "--bind", spec.kept_disk->path, "/kept");
  }
}

/// Each by the host's path: what is bound is what stands there, with nothing that was mounted over it in the room.
void add_shields(Arguments& arguments, const std::vector<Shield>& shields, const fs::path& host, const fs::path& inside,
                 const fs::path& nothing) {
  for (const auto& [path, kind] : shields) {
    const char* how = kind == Shield::Kind::in_place ? "--bind-try" : "--ro-bind-try";
    const fs::path what = kind == Shield::Kind::empty_file        ? nothing / "file"
                          : kind == Shield::Kind::empty_directory ? nothing / "directory"
                                                                  : host / path;
    add(arguments, {how, what.native(), (inside / path).native()});
  }
}

/// An exported directory, with its shields.
void bind_export(Arguments& arguments, WorkspaceExport::Access access, fs::path& directory, const fs::path& inside,
                 const std::vector<Shield>& shields, const fs::path& nothing) {
  const fs::path host = directory;
  bind_into(arguments, access == WorkspaceExport::Access::read_write ? "--bind" : "--ro-bind", directory, inside);
  add_shields(arguments, shields, host, inside, nothing);
}

void bind_directories(Arguments& arguments, VmSpec& spec) {
  spec.directories_at = "/directories";
  add(arguments, {"--dir", "/directories"});
  for (auto& shared : spec.directories) {
    bind_export(arguments, shared.access, shared.directory, spec.directories_at / shared.name, shared.shields, spec.nothing);
  }
}

}  // namespace

ConfinedVm confine(const VmSpec& spec, const MachineFiles& files, const HostLayout& host,
                   const RoomDescriptors& descriptors) {
  ConfinedVm vm{spec, {host.bubblewrap.native(), "--info-fd", std::to_string(descriptors.info)}};
  if (descriptors.filter >= 0) {
    add(vm.argv, {"--seccomp", std::to_string(descriptors.filter)});
  }
  add_namespaces(vm.argv);
  add_root(vm.argv, host);
  if (spec.shape.accelerator == Accelerator::kvm) {
    add(vm.argv, {"--dev-bind", "/dev/kvm", "/dev/kvm"});
  }
  add_network(vm.argv, spec.network);
  bind_boot(vm.argv, vm.spec.boot);
  bind_ram(vm.argv, vm.spec);
  add(vm.argv, {"--bind", files.directory.native(), "/session"});
  bind_disks(vm.argv, vm.spec, files.directory);
  bind_export(vm.argv, spec.workspace.access, vm.spec.workspace.directory, "/workspace", spec.workspace.shields, spec.nothing);
  bind_directories(vm.argv, vm.spec);
  vm.spec.console_log = name_in_directory(spec.console_log, files.directory);
  // Last, when all mount points are made: the root and /dev are tmpfs, and nobody has to make files there.
  add(vm.argv, {"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/session", "--"});
  return vm;
}

fs::path name_in_directory(const fs::path& path, const fs::path& directory) {
  if (!path.empty() && path.parent_path() != directory) {
    throw Error(ErrorKind::internal, "the console log must be in the VM's own directory");
  }
  return path.filename();
}

HostLayout inspect_host(const fs::path& qemu) {
  HostLayout host = inspect_host_files(qemu);
  if (host.bubblewrap.empty()) {
    throw confinement_error("bubblewrap (bwrap) is not installed");
  }
  return host;
}

HostLayout inspect_host_files(const fs::path& qemu) {
  HostLayout host = inspect_root();
  std::vector<fs::path> wanted;
  if (qemu.is_absolute() && !qemu.native().starts_with("/usr/")) {
    // Its own parts only, never the prefix they lie in: that may be somebody's home directory.
    const fs::path prefix = qemu.parent_path().parent_path();
    wanted = {qemu, prefix / "share/qemu", prefix / "share/seabios", prefix / "lib", "/nix/store"};
  }
  for (const auto& path : wanted) {
    if (fs::exists(path)) {
      host.read_only.push_back(path);
    }
  }
  return host;
}

std::string to_string(Confinement confinement) {
  constexpr const char* names[] = {"auto", "bubblewrap", "landlock", "none"};
  return names[static_cast<int>(confinement)];
}

Confinement choose_confinement(Confinement wanted) {
  if (wanted != Confinement::automatic) {
    return wanted;
  }
  return confinement_by({!find_program("bwrap").empty(), namespace_problem(), landlock_abi()});
}

Confinement confinement_by(const ConfinementParts& host) {
  if (host.bubblewrap_installed && !host.no_namespaces) {
    return Confinement::bubblewrap;
  }
  if (host.landlock_abi >= least_landlock_abi) {
    return Confinement::landlock;
  }
  throw confinement_error((host.bubblewrap_installed ? *host.no_namespaces : "bubblewrap (bwrap) is not installed") +
                          std::string(", and the kernel has no Landlock (Linux 5.19 or later)"));
}

std::optional<std::string> confinement_problem() {
  try {
    const HostLayout host = inspect_host("/bin/sh");
    const PipeEnds info = make_pipe();
    PipeEnds filter = make_pipe();
    const std::string program = syscall_filter();
    write_all(filter.write.get(), program);
    filter.write.reset();
    RoomTrial trial{.spec = {.argv = {host.bubblewrap.native(), "--info-fd", "4"},
                             .environment = std::vector<std::string>{},
                             .working_directory = {},
                             .fds = {{info.write.get(), 4}, {filter.read.get(), 5}}},
                    .namespaces = {"user", "mnt", "pid", "ipc", "uts", "net"},
                    .find = [&](pid_t) {
                      const auto first = read_child_pid(info.read.get(), "a shell", Clock::now() + std::chrono::seconds(10));
                      return first ? only_child(*first) : std::nullopt;
                    }};
    if (!program.empty()) {
      add(trial.spec.argv, {"--seccomp", "5"});
    }
    add_namespaces(trial.spec.argv);
    add_root(trial.spec.argv, host);
    add(trial.spec.argv, {"--unshare-net", "--remount-ro", "/", "--"});
    return problem_of_room(std::move(trial));
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return error.what();
  }
}

Error confinement_error(const std::string& reason) {
  return {
      ErrorKind::environment, "cannot confine QEMU: " + reason,
      "Install bubblewrap (apt install bubblewrap) and allow unprivileged user namespaces:\n"
      "  sysctl kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu);\n"
      "  in a container, run it with a seccomp profile that permits unshare(2).\n"
      "A kernel with Landlock (5.19 or later, lsm=...,landlock) does, too.\n"
      "Or give up this boundary for now: --unconfined runs QEMU as an ordinary process of yours."};
}

}  // namespace agentbox
