// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// The kernel that an x86 bzImage holds compressed (Linux's Documentation/arch/x86/boot.rst, payload_offset), where QEMU can start it as it
/// is: a 64-bit ELF file with an entry point for PVH (the note XEN_ELFNOTE_PHYS32_ENTRY). Nothing for whatever else the bytes are. Meant for
/// kernels that a distribution signed: the payload goes through libarchive, unconfined.
[[nodiscard]] std::optional<std::string> unpacked_kernel(std::string_view bz_image);

/// Puts the kernel unpacked into its file's place, if it can be started so; otherwise the file stays as it is. The guest then need not
/// unpack 50 MiB at each boot, which takes two seconds under emulation.
/// Throws Error{environment} when the file cannot be read or written.
void unpack_kernel(const std::filesystem::path& kernel);

}  // namespace agentbox
