// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/project_disk.hpp"

#include "core/error.hpp"
#include "guard/trees.hpp"
#include "sys/files.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace agentbox {

ProjectDisk ProjectDisk::start(const std::filesystem::path& program, const std::filesystem::path& project, GuardRules rules, Owners owners,
                               std::uint64_t size) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw system_error("cannot make a socket pair");
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const UniqueFd told(::memfd_create("agentbox-disk", MFD_CLOEXEC));
  if (!told) {
    throw system_error("cannot make a file in memory");
  }
  write_all(told.get(), to_text({GuardedTree{.path = project.native(), .rules = std::move(rules), .repositories = {}, .stand_in = {}}}));
  ::lseek(told.get(), 0, SEEK_SET);
  ChildProcess process =
      ChildProcess::spawn({.argv = {program.native(), std::to_string(size), owners == Owners::as_in_the_room ? mapped_owners : true_owners},
                           .environment = std::vector<std::string>{},
                           .working_directory = "/",
                           .fds = {{theirs.get(), disk_socket_fd}, {told.get(), disk_rules_fd}}});
  return {std::move(process), std::move(ours)};
}

}  // namespace agentbox
