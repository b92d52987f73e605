// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sys/beneath.hpp"
#include "workspace/changes/change.hpp"

struct stat;

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

  /// Why a session does not see what is in a file or directory: it is hidden from it, or its user may not read it.
  enum class Closed { hidden, unreadable };
  using IsHidden = std::function<bool(const std::string& path)>;

  /// Walks the project; not into what is closed. Throws Error{environment}.
  static ProjectIndex of(const Beneath& project, const IsHidden& is_hidden = {});
  void save(const std::filesystem::path& file) const;
  static ProjectIndex load(const std::filesystem::path& file);

  /// Whether what is at path now is what was there when the index was made.
  [[nodiscard]] bool unchanged(const Beneath& project, const std::string& path) const;
  /// Everything in a directory, at any depth; not itself.
  [[nodiscard]] std::vector<std::string> below(const std::string& directory) const;
  [[nodiscard]] bool has(const std::string& path) const { return entries_.contains(path); }
  /// Whether the session did not see what is in it: it, or what it lies in, is closed.
  [[nodiscard]] bool is_closed(const std::string& path) const;
  /// Whether something closed lies in it.
  [[nodiscard]] bool holds_closed(const std::string& directory) const;
  [[nodiscard]] std::vector<std::string> unreadable() const;

 private:
  std::map<std::string, Entry> entries_;
  std::map<std::string, Closed> closed_;
};

/// What is at a path now; a file's content is stored into blobs if that is given.
class BlobStore;
NodeState observe(const Beneath& project, const std::string& path, const BlobStore* blobs);

/// The same, to be compared with some states: what has the size of none of them is not read, and has no digest. To read what a guest
/// has made can take for ever.
NodeState observe_against(const Beneath& project, const std::string& path, std::initializer_list<const NodeState*> states);

/// The state of a big file that is mostly holes, which takes no time to make and hours to read: its digest is of size and time. No
/// value for other files. observe_against() knows such states.
std::optional<NodeState> hollow_state(const struct stat& status);

}  // namespace agentbox
