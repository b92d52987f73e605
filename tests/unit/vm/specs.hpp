// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text.hpp"
#include "vm/qemu/spec.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Descriptions of VMs that the tests of this folder share.
namespace agentbox::test {

inline VmSpec forked_vm() {
  VmSpec spec;
  spec.qemu = "/usr/bin/qemu-system-x86_64";
  spec.qemu_version = "7.2.22";
  spec.shape = {Accelerator::tcg, 2, ByteSize::gibibytes(2)};
  spec.boot = IncomingState{};
  spec.ram = PrivateRamFile{"/data/templates/k1/mem"};
  spec.disk = {{"/state/sessions/s1/disk.qcow2"}, {"/data/templates/k1/disk.qcow2"}, {"/data/bases/dev/disk.qcow2"}};
  spec.workspace = {"/workspace"};
  spec.qmp_fd = 3;
  return spec;
}

/// The lines of a raw string that begins and ends with a newline.
inline std::vector<std::string> lines(std::string_view text) { return split(text.substr(1, text.size() - 2), '\n'); }

}  // namespace agentbox::test
