// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk/project_tree.hpp"
#include "guard/rules.hpp"
#include "sys/process.hpp"
#include "sys/unique_fd.hpp"

#include <filesystem>
#include <optional>
#include <string>

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
  /// What to show, and how.
  struct Plan {
    std::filesystem::path project;
    GuardRules rules;
    Owners owners = Owners::as_in_the_room;
    std::uint64_t size = 0;           ///< of the disk, in bytes
    std::filesystem::path messages;   ///< the file for what it has to say when something is wrong; made
  };
  /// Whether this kernel can shut such a process in (Landlock). Without that none is started: guests fall back on the share.
  static bool possible();
  /// Throws Error{environment} when the program cannot be started.
  static ProjectDisk start(const std::filesystem::path& program, const Plan& plan);

  /// Why it has ended; no value while it runs.
  [[nodiscard]] std::optional<std::string> last_words() const;

  /// For QEMU, who speaks NBD there; our end of the socket is closed by handed_over().
  [[nodiscard]] int socket() const { return socket_.get(); }
  void handed_over() { socket_.reset(); }
  [[nodiscard]] int pidfd() const noexcept { return process_.pidfd(); }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  ProjectDisk(ChildProcess process, UniqueFd socket, UniqueFd messages)
      : process_(std::move(process)), socket_(std::move(socket)), messages_(std::move(messages)) {}
  ChildProcess process_;
  UniqueFd socket_;
  UniqueFd messages_;
};

}  // namespace agentbox
