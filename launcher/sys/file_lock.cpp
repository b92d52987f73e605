// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/file_lock.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>

namespace agentbox {

namespace {

/// False when the file was removed or replaced after we opened it: a lock on it would exclude nobody.
bool still_at(const std::filesystem::path& path, int fd) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

}  // namespace

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path, LockMode mode) {
  const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  while (true) {
    UniqueFd fd = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (::flock(fd.get(), operation) == 0) {
      if (still_at(path, fd.get())) {
        return FileLock(std::move(fd));
      }
    } else if (errno == EWOULDBLOCK) {
      return std::nullopt;
    } else if (errno != EINTR) {
      throw system_error("cannot lock " + escape_untrusted(path.native()));
    }
  }
}

FileLock FileLock::acquire(const std::filesystem::path& path, LockMode mode) {
  const SignalFd signals = ending_signals();
  while (true) {
    throw_if_interrupted();
    if (auto lock = try_acquire(path, mode)) {
      return std::move(*lock);
    }
    // A blocking flock(2) could not be interrupted, because our signals are blocked, and no descriptor tells when a
    // lock becomes free. So we look again every 50 ms, and a signal wakes us at once.
    pollfd set{signals.fd(), POLLIN, 0};
    ::poll(&set, 1, 50);
  }
}

}  // namespace agentbox
