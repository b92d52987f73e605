// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/launch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/unix_socket.hpp"
#include "sys/walls.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/landlock_room.hpp"
#include "vm/qemu/syscall_filter.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t messages_tail = 2000;  // bytes

// Descriptors as the child numbers them.
constexpr int kMessages = 2;
constexpr int kQmp = 3;
constexpr int kExport = 4;  // without bubblewrap: the exported directory
constexpr int kInfo = 4;    // confined: where bubblewrap tells the PID
constexpr int kFilter = 5;  // confined: where bubblewrap finds the system call filter
constexpr int kWire = 6;    // the guest's network cable
constexpr int kSshPort = 7;
constexpr int kControlPort = 8;
constexpr int kDirectories = 9;  // without bubblewrap: an empty directory
constexpr int kKeptDisk = 10;    // the lock of the disk that the project keeps
constexpr int kSecondSshPort = 11;
constexpr int kProjectDisk = 12;

/// What QEMU has no use for, and many more files than a guest has open at once.
std::vector<ResourceLimit> resource_limits() {
  return {{RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_NICE, 0}, {RLIMIT_RTPRIO, 0}, {RLIMIT_NOFILE, 65536}};
}

void make_absolute(fs::path& path) { path = fs::absolute(path).lexically_normal(); }

VmSpec with_absolute_paths(VmSpec spec) {
  if (auto* direct = std::get_if<DirectBoot>(&spec.boot)) {
    make_absolute(direct->kernel);
    make_absolute(direct->initrd);
  }
  if (auto* shared = std::get_if<SharedRamFile>(&spec.ram)) {
    make_absolute(shared->path);
  } else if (auto* forked = std::get_if<PrivateRamFile>(&spec.ram)) {
    make_absolute(forked->path);
  }
  for (auto& layer : spec.disk) {
    make_absolute(layer.path);
  }
  if (spec.seed_image) {
    make_absolute(*spec.seed_image);
  }
  if (spec.kept_disk) {
    make_absolute(spec.kept_disk->path);
  }
  make_absolute(spec.workspace.directory);
  for (auto& shared : spec.directories) {
    make_absolute(shared.directory);
  }
  if (!spec.console_log.empty()) {
    make_absolute(spec.console_log);
  }
  return spec;
}

/// QEMU would make the file itself, but a bind mount needs it to be there.
void ensure_ram_file(const VmSpec& spec) {
  if (const auto* shared = std::get_if<SharedRamFile>(&spec.ram)) {
    const UniqueFd file = open_file(shared->path, O_RDWR | O_CREAT, 0600);
  }
}

/// The descriptors that QEMU gets in any case; puts QEMU's numbers for them into spec.
std::vector<InheritedFd> hand_over(VmSpec& spec, int messages, int qmp) {
  std::vector<InheritedFd> fds = {{messages, kMessages}, {qmp, kQmp}};
  spec.qmp_fd = kQmp;
  if (auto* wire = std::get_if<WireNetwork>(&spec.network)) {
    fds.push_back({wire->socket, kWire});
    wire->socket = kWire;
  }
  for (const auto& [port, number] : {std::pair(&spec.ports.ssh, kSshPort), std::pair(&spec.ports.ssh2, kSecondSshPort),
                                     std::pair(&spec.ports.control, kControlPort)}) {
    if (*port >= 0) {
      fds.push_back({*port, number});
      *port = number;
    }
  }
  if (spec.kept_disk && spec.kept_disk->lock >= 0) {
    fds.push_back({spec.kept_disk->lock, kKeptDisk});
  }
  if (spec.project_disk) {
    fds.push_back({spec.project_disk->socket, kProjectDisk});
    spec.project_disk->socket = kProjectDisk;
  }
  return fds;
}

RunningQemu launch_confined(VmSpec spec, const MachineFiles& files, ProcessSpec process, UniqueFd messages,
                            Deadline deadline) {
  PipeEnds info = make_pipe();
  process.fds.push_back({info.write.get(), kInfo});
  PipeEnds filter = make_pipe();
  const std::string program = syscall_filter();  // far less than a pipe holds, so this does not block
  write_all(filter.write.get(), program);
  filter.write.reset();
  process.fds.push_back({filter.read.get(), kFilter});

  ConfinedVm vm = confine(spec, files, inspect_host(spec.qemu), {kInfo, program.empty() ? -1 : kFilter});
  process.argv = std::move(vm.argv);
  const auto inner = qemu_arguments(vm.spec);
  process.argv.insert(process.argv.end(), inner.begin(), inner.end());
  RunningQemu qemu{ChildProcess::spawn(process), UniqueFd(), -1, std::move(messages)};
  info.write.reset();

  const auto pid = read_child_pid(info.read.get(), "QEMU", deadline);
  if (!pid) {
    qemu.process.wait_for(std::chrono::seconds(1));
    throw confinement_error(qemu.last_words());
  }
  qemu.first_inside = open_pidfd(*pid);
  qemu.first_inside_pid = *pid;
  // bubblewrap reaps that process: as long as it has not ended itself, the pid was not given to another.
  if (!qemu.first_inside.valid() || has_ended(qemu.process.pidfd())) {
    qemu.first_inside.reset();
  }
  return qemu;
}

/// As one process in the host's own file tree: what varies in paths is handed over as descriptors.
RunningQemu launch_unconfined(VmSpec spec, const MachineFiles& files, ProcessSpec process, UniqueFd messages) {
  if (!spec.directories.empty()) {
    throw Error(ErrorKind::environment, "only a room made by bubblewrap can hold directories besides the project",
                "leave --mount out, or allow user namespaces on this host (see agentbox doctor)");
  }
  const UniqueFd exported = open_directory(spec.workspace.directory);
  spec.workspace.directory = fmt::format("/proc/self/fd/{}", kExport);
  const fs::path none = files.directory / "no-directories";
  fs::create_directory(none);
  const UniqueFd directories = open_directory(none);
  spec.directories_at = fmt::format("/proc/self/fd/{}", kDirectories);
  spec.console_log = name_in_directory(spec.console_log, files.directory);
  process.argv = qemu_arguments(spec);
  process.working_directory = files.directory;
  process.fds.push_back({exported.get(), kExport});
  process.fds.push_back({directories.get(), kDirectories});
  return {ChildProcess::spawn(process), UniqueFd(), -1, std::move(messages)};
}

/// The same behind Landlock and seccomp.
RunningQemu launch_landlocked(const VmSpec& spec, const MachineFiles& files, ProcessSpec process, UniqueFd messages) {
  const PathRules rules = landlock_rules(spec, files, inspect_host_files(spec.qemu));
  const Walls walls{make_ruleset(rules, landlock_network(spec.network)),
                    {set_uid_filter(), landlock_gap_filter(spec.network)}};
  process.walls = &walls;
  return launch_unconfined(spec, files, std::move(process), std::move(messages));
}

RunningQemu launch_as(Confinement confinement, VmSpec spec, const MachineFiles& files, ProcessSpec process,
                      UniqueFd messages, Deadline deadline) {
  switch (confinement) {
    case Confinement::landlock:
      return launch_landlocked(spec, files, std::move(process), std::move(messages));
    case Confinement::none:
      return launch_unconfined(std::move(spec), files, std::move(process), std::move(messages));
    case Confinement::automatic:
    case Confinement::bubblewrap:
      break;
  }
  return launch_confined(std::move(spec), files, std::move(process), std::move(messages), deadline);
}

}  // namespace

std::string tail_of(int fd, std::size_t count) {
  // lseek fails on a pipe, and gives 0 for most other things that are no regular files.
  const off_t size = ::lseek(fd, 0, SEEK_END);
  if (size <= 0) {
    return {};
  }
  std::string tail(std::min(count, static_cast<std::size_t>(size)), '\0');
  const ssize_t got = ::pread(fd, tail.data(), tail.size(), size - static_cast<off_t>(tail.size()));
  tail.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return tail;
}

std::string RunningQemu::last_words() const { return escape_untrusted(trim(tail_of(messages.get(), messages_tail)), 4 * messages_tail); }

std::string RunningQemu::last_line() const {
  const std::string tail = tail_of(messages.get(), messages_tail);
  const std::string_view words = trim(tail);
  return escape_untrusted(words.substr(words.rfind('\n') + 1), 400);
}

LaunchedQemu launch_qemu(const VmSpec& spec, const MachineFiles& files, Deadline deadline) {
  VmSpec absolute = with_absolute_paths(spec);
  MachineFiles own = files;
  make_absolute(own.directory);
  ensure_ram_file(absolute);

  const fs::path socket = own.directory / "qmp.sock";
  UniqueFd listener = listen_unix(socket);
  // Connected before QEMU exists: the kernel keeps the connection in the backlog, and should QEMU die the read ends.
  UniqueFd connection = connect_unix(socket);
  UniqueFd messages = open_file(own.directory / "qemu.log", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, 0600);

  ProcessSpec process{.argv = {},
                      .environment = std::vector<std::string>{"PATH=/usr/bin:/bin"},
                      .working_directory = {},
                      .fds = hand_over(absolute, messages.get(), listener.get()),
                      .limits = resource_limits(),
                      .supervised = own.supervised ? &*own.supervised : nullptr};
  RunningQemu qemu =
      launch_as(own.confinement, std::move(absolute), own, std::move(process), std::move(messages), deadline);
  return {std::move(qemu), std::move(connection)};
}

}  // namespace agentbox
