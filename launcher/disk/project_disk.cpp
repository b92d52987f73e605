// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/project_disk.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "guard/trees.hpp"
#include "sys/files.hpp"
#include "sys/landlock.hpp"
#include "sys/pidfd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

namespace agentbox {

bool ProjectDisk::possible() { return landlock_abi() >= least_landlock_abi; }

ProjectDisk ProjectDisk::start(const std::filesystem::path& program, const Plan& plan) {
  SocketPair sockets = make_socket_pair();
  const GuardedTree tree{.path = plan.project.native(), .rules = plan.rules, .repositories = {}, .stand_in = {}};
  const UniqueFd told = file_in_memory("agentbox-disk", to_text({tree}));
  UniqueFd messages = open_file(plan.messages, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, 0600);
  ChildProcess process = ChildProcess::spawn(
      {.argv = {program.native(), std::to_string(plan.size), plan.owners == Owners::as_in_the_room ? mapped_owners : true_owners},
       .environment = std::vector<std::string>{},
       .working_directory = "/",
       .fds = {{messages.get(), STDERR_FILENO}, {sockets.theirs.get(), disk_socket_fd}, {told.get(), disk_rules_fd}}});
  return {std::move(process), std::move(sockets.ours), std::move(messages)};
}

std::optional<std::string> ProjectDisk::last_words() const {
  if (!has_ended(process_.pidfd())) {
    return std::nullopt;
  }
  std::array<char, 2000> words;
  const ssize_t length = ::pread(messages_.get(), words.data(), words.size(), 0);
  return length <= 0 ? "it was killed" : escape_untrusted(trim(std::string_view(words.data(), static_cast<std::size_t>(length))), 2000);
}

}  // namespace agentbox
