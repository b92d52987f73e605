// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk/project_tree.hpp"
#include "guard/rules.hpp"
#include "sys/process.hpp"
#include "sys/unique_fd.hpp"

#include <filesystem>

namespace agentbox {

// Descriptors of agentbox-disk.
inline constexpr int disk_socket_fd = 3;
inline constexpr int disk_rules_fd = 4;
// Its second argument.
inline constexpr const char* mapped_owners = "mapped";
inline constexpr const char* true_owners = "true";

/// A running agentbox-disk: it shows a project to one QEMU as a read-only disk (disk/tree_disk.hpp). Goes when QEMU goes, or with this object:
/// then reading from the disk fails.
class ProjectDisk {
 public:
  /// size: of the disk, in bytes. Throws Error{environment} when the program cannot be started.
  static ProjectDisk start(const std::filesystem::path& program, const std::filesystem::path& project, GuardRules rules, Owners owners,
                           std::uint64_t size);

  /// For QEMU, who speaks NBD there; our end of the socket is closed by handed_over().
  [[nodiscard]] int socket() const { return socket_.get(); }
  void handed_over() { socket_.reset(); }
  [[nodiscard]] int pidfd() const noexcept { return process_.pidfd(); }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  ProjectDisk(ChildProcess process, UniqueFd socket) : process_(std::move(process)), socket_(std::move(socket)) {}
  ChildProcess process_;
  UniqueFd socket_;
};

}  // namespace agentbox
