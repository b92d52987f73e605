// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sys/beneath.hpp"
#include "workspace/changes/change.hpp"

namespace agentbox {

/// What lies in a project when a session begins, without reading any file: enough to tell later whether the host has changed one
/// meanwhile (docs/decisions/0014). The kernel sets ctime, so a change cannot hide but within the clock's grain; what was changed
/// just before the index was made counts as changed.
class ProjectIndex {
 public:
  struct Entry {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds
    std::int64_t changed = 0;   ///< ctime, nanoseconds
    unsigned mode = 0;          ///< with the type
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// Walks the project. Throws Error{environment}.
  static ProjectIndex of(const Beneath& project);
  void save(const std::filesystem::path& file) const;
  static ProjectIndex load(const std::filesystem::path& file);

  /// Whether what is at path now is what was there when the index was made.
  [[nodiscard]] bool unchanged(const Beneath& project, const std::string& path) const;
  /// Everything in a directory, at any depth; not itself.
  [[nodiscard]] std::vector<std::string> below(const std::string& directory) const;
  [[nodiscard]] bool has(const std::string& path) const { return entries_.contains(path); }

 private:
  std::map<std::string, Entry> entries_;
};

/// What is at a path now; a file's content is stored into blobs if that is given.
class BlobStore;
NodeState observe(const Beneath& project, const std::string& path, const BlobStore* blobs);

}  // namespace agentbox
