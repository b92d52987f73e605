// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.hpp"
#include "image/base/guest_archive.hpp"
#include "image/base/layer_plan.hpp"

namespace agentbox {

/// Where Debian packages come from.
struct DebianMirror {
  std::string main;      ///< ".../debian"
  std::string security;  ///< ".../debian-security", may be empty
};

/// The mirror that the host's own apt uses, if the host is a Debian: out of sources.list and *.sources below
/// apt_directory (/etc/apt). No value elsewhere; mmdebstrap then uses its own default.
std::optional<DebianMirror> host_debian_mirror(const std::filesystem::path& apt_directory);

/// Descriptor numbers under which mmdebstrap's hooks find their outputs. High ones: mmdebstrap runs shell redirections
/// like ">&11" with its own, and dash only takes single digits, so the low ones must stay free for it.
inline constexpr int disk_output_fd = 100;
inline constexpr int kernel_output_fd = 101;
inline constexpr int initrd_output_fd = 102;
inline constexpr int archive_input_fd = 103;

struct DebianRootfsRequest {
  DebianRoot root;
  std::string user;
  ByteSize size;
  std::optional<DebianMirror> mirror;
  enum class Privilege { root, user } privilege = Privilege::user;
};

/// mmdebstrap's argv. Pure.
std::vector<std::string> mmdebstrap_arguments(const DebianRootfsRequest& request);

/// Makes disk.raw (a bare ext4 file system), vmlinuz and initrd in directory. One pass, without root rights: the file
/// system is written by mke2fs from inside mmdebstrap's user namespace, through descriptors opened outside of it.
/// Throws Error{environment} with the tail of mmdebstrap's messages; Interrupted.
void build_debian_rootfs(const DebianRootfsRequest& request, const std::vector<ArchiveEntry>& entries,
                         const std::filesystem::path& directory, Progress& progress);

}  // namespace agentbox
