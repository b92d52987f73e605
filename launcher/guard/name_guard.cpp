// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/name_guard.hpp"

#include "core/error.hpp"
#include "sys/files.hpp"

#include <sys/socket.h>

namespace agentbox {

NameGuard NameGuard::start(const std::filesystem::path& program, const std::vector<GuardedTree>& trees) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw system_error("cannot make a socket pair");
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const UniqueFd rules = file_in_memory("agentbox-guard", to_text(trees));
  ChildProcess process =
      ChildProcess::spawn({.argv = {program.native()},
                           .environment = std::vector<std::string>{},
                           .working_directory = "/",
                           .fds = {{theirs.get(), guard_socket_fd}, {rules.get(), guard_rules_fd}}});
  return {std::move(process), std::move(ours)};
}

}  // namespace agentbox
