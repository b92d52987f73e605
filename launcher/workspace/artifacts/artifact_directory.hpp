// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// A directory of this machine that files of a VM are copied to. It is made and opened before the VM starts, and what
/// is written later stays below what was opened then: no link is followed, whatever a VM that shares the place has made
/// of its name meanwhile.
class ArtifactDirectory {
 public:
  /// shared: directories that VMs can write to. One of those may hold this one, if no link is on the way there. Throws
  /// Error{usage} when there is one, Error{environment} when it cannot be made.
  ArtifactDirectory(const std::filesystem::path& directory, const std::vector<std::filesystem::path>& shared);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Makes a file (0644) that takes the place of what has that name, once it is whole; its directories are made. name:
  /// relative, clean. write: gets its descriptor, and what it throws leaves things as they were. Throws
  /// Error{environment}.
  void put(const std::string& name, const std::function<void(int fd)>& write) const;
  /// Removes a regular file of that name, if there is one; a link, a directory or a device stays. name: one part.
  void remove(const std::string& name) const;

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace agentbox
