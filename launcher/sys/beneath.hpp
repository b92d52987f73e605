// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sys/unique_fd.hpp"

struct stat;

namespace agentbox {

/// A directory that was opened once, and access to what is below it: no link is followed in any component of a path, none leaves it
/// (openat2(2): RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS). For trees that a guest can write to, or could.
/// Paths are relative, bytes, without "." and "..".
class Beneath {
 public:
  explicit Beneath(const std::filesystem::path& directory);
  [[nodiscard]] int fd() const { return directory_.get(); }

  /// Invalid when it cannot be opened, with the reason in errno. O_NONBLOCK is added: what is there may be a fifo.
  [[nodiscard]] UniqueFd open(const std::string& path, int flags, unsigned mode = 0) const;
  /// lstat(2); no value when it, or a directory on the way to it, is not there or is none. Throws for any other reason.
  [[nodiscard]] std::optional<struct stat> look_at(const std::string& path) const;

  /// The directory that holds a path's last component, open, and that component: for the *at(2) calls.
  struct Place {
    UniqueFd parent;
    std::string name;
  };
  /// parent is invalid when it cannot be opened, with the reason in errno.
  [[nodiscard]] Place place(const std::string& path) const;

 private:
  UniqueFd directory_;
};

}  // namespace agentbox
