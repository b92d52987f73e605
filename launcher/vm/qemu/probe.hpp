// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "vm/qemu/spec.hpp"

namespace agentbox {

struct QemuProgram {
  std::filesystem::path path;
  std::string version;     ///< "7.2.22", from --version
  std::string build = {};  ///< all that --version says of itself: "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)"; part of a template's key
};

/// The processor that a guest under KVM gets to see (-cpu host): what /proc/cpuinfo says of the first one, without what changes by
/// itself. Part of a template's key.
std::string host_processor();

/// Finds QEMU (the configured path, else qemu-system-x86_64 in PATH) and asks its version (cached by path, size, mtime
/// in cache_directory, so that a warm start needs no process). Throws Error{environment} with the package to install.
QemuProgram find_qemu(const std::string& configured, const std::filesystem::path& cache_directory);

struct AcceleratorVerdict {
  Accelerator accelerator;
  std::string reason;  ///< one sentence for doctor: "KVM opens, but a kernel booted under it did not come up in 20 s"
};

/// KVM when a kernel really boots under it within a time limit, TCG otherwise. The verdict is cached in cache_directory
/// per QEMU version, kernel release, CPU model and /dev/kvm's access. kernel/initrd: the base image's own; the initrd is expected
/// to print the word AGENTBOX-PROBE-OK on the serial console and power off when the kernel command line holds agentbox.probe.
AcceleratorVerdict choose_accelerator(const QemuProgram& qemu, const std::filesystem::path& kernel,
                                      const std::filesystem::path& initrd, const std::filesystem::path& cache_directory,
                                      const std::string& configured);

}  // namespace agentbox
