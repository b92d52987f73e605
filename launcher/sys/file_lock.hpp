// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "sys/unique_fd.hpp"

namespace agentbox {

enum class LockMode { shared, exclusive };

/// flock(2) on a file, made if missing. The kernel drops it when the last descriptor of this open file closes, so it
/// dies with the process, however that ends. Close-on-exec: a child never holds it by accident.
class FileLock {
 public:
  /// Blocks until the lock is had. SIGINT and SIGTERM are blocked in our process (see SignalFd), so wait in steps
  /// that look at them: `interrupted` is polled between attempts (woken by the kernel, no busy loop beyond 50 ms).
  static FileLock acquire(const std::filesystem::path& path, LockMode mode);
  /// No value when someone else holds it.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path, LockMode mode);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace agentbox
