// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/trees.hpp"
#include "sys/name_calls.hpp"
#include "sys/process.hpp"

#include <filesystem>
#include <vector>

namespace agentbox {

// Descriptors of agentbox-guard.
inline constexpr int guard_socket_fd = 3;
inline constexpr int guard_rules_fd = 4;

/// A running agentbox-guard, for one QEMU. Goes when QEMU goes, or with this object: then the kernel refuses QEMU all calls that it would
/// have been asked about.
class NameGuard {
 public:
  /// Throws Error{environment} when the program cannot be started.
  static NameGuard start(const std::filesystem::path& program, const std::vector<GuardedTree>& trees);

  /// For the process that is to be supervised; our end of the socket is closed by handed_over().
  [[nodiscard]] SupervisedNames supervision(AskedOpens asked) const {
    return {.socket = socket_.get(), .supervisor = process_.pid(), .asked = asked};
  }
  void handed_over() { socket_.reset(); }
  [[nodiscard]] int pidfd() const noexcept { return process_.pidfd(); }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  NameGuard(ChildProcess process, UniqueFd socket) : process_(std::move(process)), socket_(std::move(socket)) {}
  ChildProcess process_;
  UniqueFd socket_;
};

}  // namespace agentbox
