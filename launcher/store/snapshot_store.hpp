// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// manifest.json of a snapshot: what is needed to start its machine again. Holds no secret.
struct SnapshotManifest {
  std::string name;
  std::string created;  ///< RFC 3339, UTC; filled in by create()
  std::string agent;
  std::string project;    ///< host path, empty without a workspace
  std::string workspace;  ///< live, readonly, none
  std::string base;
  std::filesystem::path base_build;  ///< directory of the base build that holds the keys
  int cpus = 0;
  ByteSize memory;
  std::string policy;
  std::string guest_user;
  /// Absolute paths of the disk's backing files, from its own backing file down to the root.
  std::vector<std::filesystem::path> disk_chain;
  std::string template_directory;  ///< empty: booted without a template
  friend bool operator==(const SnapshotManifest&, const SnapshotManifest&) = default;
};

struct ListedSnapshot {
  SnapshotManifest manifest;
  std::filesystem::path directory;
  std::string problem;  ///< why the manifest cannot be read; empty when all is well
};

/// snapshots/ on disk: NAME/{manifest.json,disk.qcow2}. A snapshot is there whole or not at all.
class SnapshotStore {
 public:
  explicit SnapshotStore(std::filesystem::path snapshots_directory);

  /// Takes a powered-off machine's disk out of its session: it becomes DIRECTORY/NAME/disk.qcow2, read-only, and is
  /// gone from where it was. (Moved where both are on one file system, else copied; at no time is it in neither place.)
  /// Throws Error{usage} for a name that is taken or not plain. Callers name a snapshot after its session by default.
  SnapshotManifest create(SnapshotManifest manifest, const std::filesystem::path& disk);

  [[nodiscard]] std::vector<ListedSnapshot> list() const;  ///< oldest first
  /// Throws Error{usage} for an unknown name, Error{environment} for a snapshot that cannot be used.
  [[nodiscard]] SnapshotManifest load(const std::string& name) const;
  /// Throws Error{usage} for an unknown name, and when another snapshot's disk rests on this one's.
  void remove(const std::string& name);

  [[nodiscard]] std::filesystem::path directory_of(const std::string& name) const;
  [[nodiscard]] std::filesystem::path disk_of(const std::string& name) const;

 private:
  std::filesystem::path snapshots_directory_;
};

}  // namespace agentbox
