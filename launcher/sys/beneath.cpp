// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {

Beneath::Beneath(const std::filesystem::path& directory) : directory_(open_directory(directory)) {}

UniqueFd Beneath::open(const std::string& path, int flags, unsigned mode) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NONBLOCK));
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, directory_.get(), path.c_str(), &how, sizeof how);
  return UniqueFd(static_cast<int>(fd));
}

Beneath::Place Beneath::place(const std::string& path) const {
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  return {.parent = open(parent, O_PATH | O_DIRECTORY), .name = path.substr(slash == std::string::npos ? 0 : slash + 1)};
}

std::optional<struct stat> Beneath::look_at(const std::string& path) const {
  const Place at = place(path);
  struct stat status {};
  if (at.parent && ::fstatat(at.parent.get(), at.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return status;
  }
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EXDEV) {
    return std::nullopt;
  }
  throw system_error("cannot look at " + escape_untrusted(path));
}

}  // namespace agentbox
