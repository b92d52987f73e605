// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "sys/bubblewrap.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/spec.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// The empty room that QEMU runs in: bubblewrap with its own user, mount, PID, IPC and UTS namespaces, no capabilities,
/// a read-only root that holds the system's /usr and, under fixed names, the files of this one VM:
///     /session    the VM's directory (working directory): top disk, console log         read-write
///     /workspace  the exported directory                                                as the spec says
///     /directories/NAME  further directories                                            as the spec says
///     /ram        RAM of a template (read-only where QEMU is new enough)
///     /disk/N     backing files, /boot/kernel, /boot/initrd, /seed                      read-only
///     /kept       the disk that the project keeps                                       read-write
/// and, for a VM on a wire, with a network namespace of its own that holds nothing. QEMU's user networking needs the host's.
namespace agentbox {

/// inspect_root() and QEMU's own files. Throws Error{environment} when bubblewrap is not installed.
HostLayout inspect_host(const std::filesystem::path& qemu);
/// The same, whether bubblewrap is there or not.
HostLayout inspect_host_files(const std::filesystem::path& qemu);

struct ConfinedVm {
  VmSpec spec;                    ///< with the paths of the inside
  std::vector<std::string> argv;  ///< bubblewrap and its options, up to "--"; QEMU's argv follows
};

/// Descriptors that bubblewrap inherits, by its own numbers.
struct RoomDescriptors {
  int info;         ///< it writes the PID of its namespace's first process there, as JSON
  int filter = -1;  ///< it reads the system call filter there (see syscall_filter.hpp); -1: none
};

/// Pure. spec: absolute host paths.
/// Throws Error{internal} when the console log is not directly in files.directory.
ConfinedVm confine(const VmSpec& spec, const MachineFiles& files, const HostLayout& host,
                   const RoomDescriptors& descriptors);

/// The name of a file that QEMU, whose working directory is the VM's own, is to make there; empty for an empty path.
/// Throws Error{internal} when path is not directly in directory.
std::filesystem::path name_in_directory(const std::filesystem::path& path, const std::filesystem::path& directory);

/// What a host has of what the kinds need. Empty: user namespaces work.
struct ConfinementParts {
  bool bubblewrap_installed;
  std::optional<std::string> no_namespaces;
  int landlock_abi;
};
/// choose_confinement(), when nothing is asked for by name. Pure.
Confinement confinement_by(const ConfinementParts& host);

/// Which of the kinds this host can do: bubblewrap where user namespaces work, else Landlock where the kernel has it. A millisecond or
/// two. wanted: if not automatic, it is the answer. Throws confinement_error() when there is neither.
Confinement choose_confinement(Confinement wanted);

/// For doctor: starts `true` in such a room. No value when that works, else bubblewrap's own words.
std::optional<std::string> confinement_problem();

/// The error for a room that cannot be set up; reason: bubblewrap's own words, escaped.
Error confinement_error(const std::string& reason);

}  // namespace agentbox
