// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "sys/file_lock.hpp"

#include <filesystem>
#include <functional>
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
  /// In a session's directory: the name of the disk's file among the VM's. In a snapshot it is always this one.
  std::string top = "disk.qcow2";
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

/// What a machine's disk has of its own: the top, and further layers in the same directory (one for each live snapshot that was given up when
/// the machine stood on its new layer already).
class OwnLayers {
 public:
  /// chain: the top's backing files.
  OwnLayers(const std::filesystem::path& top, const std::vector<std::filesystem::path>& chain);

  /// Into a snapshot's directory, where the top becomes disk.qcow2: under second names where possible, as copies where not.
  void put_into(const std::filesystem::path& directory) const;
  /// The chain of the top in there.
  [[nodiscard]] std::vector<std::filesystem::path> chain_in(const std::filesystem::path& directory) const;
  /// Where they are, top first.
  [[nodiscard]] const std::vector<std::filesystem::path>& paths() const { return paths_; }

 private:
  std::vector<std::filesystem::path> paths_;
  std::vector<std::filesystem::path> below_;  ///< the chain's others
};

/// snapshots/ on disk: NAME/{manifest.json,disk.qcow2}. A snapshot is there whole or not at all.
class SnapshotStore {
 public:
  explicit SnapshotStore(std::filesystem::path snapshots_directory);
  /// Removes what makers that were killed have left: a memory snapshot may be hundreds of megabytes.
  void remove_unfinished();

  /// Takes a powered-off machine's disk out of its session, with all OwnLayers: it becomes DIRECTORY/NAME/disk.qcow2, read-only, and is
  /// gone from where it was. (Moved where both are on one file system, else copied; at no time is it in neither place.)
  /// Throws Error{usage} for a name that is taken or not plain. Callers name a snapshot after its session by default.
  SnapshotManifest create(SnapshotManifest manifest, const std::filesystem::path& disk);

  /// The same for a machine that goes on: fill() puts all that the snapshot holds besides its manifest into the directory that it is given.
  /// Should it throw, or we be killed, nothing of it stays.
  SnapshotManifest create_filled(SnapshotManifest manifest, const std::function<void(const std::filesystem::path& directory)>& fill);

  /// Held (shared) by each session that stands on the snapshot's disk or memory. Throws Error{usage} when it is being removed.
  [[nodiscard]] FileLock lease(const std::string& name) const;

  [[nodiscard]] std::vector<ListedSnapshot> list() const;  ///< oldest first
  /// Throws Error{usage} for an unknown name, Error{environment} for a snapshot that cannot be used.
  [[nodiscard]] SnapshotManifest load(const std::string& name) const;
  /// Throws Error{usage} for an unknown name, when another snapshot's disk rests on this one's, and when it is leased.
  void remove(const std::string& name);

  [[nodiscard]] std::filesystem::path directory_of(const std::string& name) const;
  [[nodiscard]] std::filesystem::path disk_of(const std::string& name) const;

 private:
  std::filesystem::path snapshots_directory_;
};

}  // namespace agentbox
