// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vm/qemu/spec.hpp"

#include <filesystem>

/// The smallest guest that can tell whether a machine was frozen and forked: the host's kernel and one static program.
namespace agentbox::test {

/// The kernel named by AGENTBOX_TEST_KERNEL, else the newest readable /boot/vmlinuz-*. Skips the test when there is
/// none.
std::filesystem::path need_kernel();

/// Compiles tiny_guest_init.c and packs it as the initramfs directory/initrd. Skips the test without a C compiler.
DirectBoot tiny_guest(const std::filesystem::path& directory);

}  // namespace agentbox::test
