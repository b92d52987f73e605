// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <filesystem>

namespace agentbox {

/// Tells that something in some directories was made, written, renamed or removed (inotify(7)), and not what: its user
/// looks.
class FileWatch {
 public:
  FileWatch();
  /// Again for the same directory does nothing. False: there is no such directory, or it cannot be watched.
  bool add(const std::filesystem::path& directory);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Not readable any more until something else happens. Never blocks.
  void take() const;

 private:
  UniqueFd fd_;
};

}  // namespace agentbox
