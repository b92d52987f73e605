// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sys/file_lock.hpp"
#include "sys/temp_dir.hpp"
#include "vm/qemu/spec.hpp"

namespace agentbox {

/// A finished base image on disk: BASES/NAME/BUILD/. Never changed once it is there; a rebuild makes another BUILD.
///   disk.raw or disk.qcow2, vmlinuz (Debian's unpacked, where QEMU can start it so: kernel_image.hpp), initrd, id_ed25519 (how the launcher
///   logs in, 0600), manifest.json
struct BaseBuild {
  std::string name;
  std::string build;                  ///< a random word
  std::string digest;                 ///< of the LayerPlan it was made from
  std::string created;                ///< RFC 3339, UTC
  std::filesystem::path directory;
  std::vector<DiskLayer> disk;        ///< top first, absolute
  std::string root_device = "/dev/vda";
  std::string user;
  ByteSize size;
  std::vector<std::string> agents;
  std::map<std::string, std::string> versions = {};  ///< of agents, as they said themselves; one that said nothing is not there
  std::string host_key;               ///< "ssh-ed25519 AAAA...": what its sshd shows
  std::string helper_digest;          ///< of the agentbox-guest program inside

  [[nodiscard]] std::filesystem::path kernel() const { return directory / "vmlinuz"; }
  [[nodiscard]] std::filesystem::path initrd() const { return directory / "initrd"; }
  /// Throws Error{environment} when the key file is missing or readable by others.
  [[nodiscard]] std::string private_key() const;
};

/// BASES/ on disk.
class BaseStore {
 public:
  explicit BaseStore(std::filesystem::path bases_directory);

  /// The current build of a base, if there is a whole one: a damaged one counts as missing, so that it can be built anew.
  [[nodiscard]] std::optional<BaseBuild> current(const std::string& name) const;
  /// A certain build; throws Error{environment} when it is gone or damaged.
  [[nodiscard]] BaseBuild load(const std::filesystem::path& build_directory) const;
  [[nodiscard]] std::vector<BaseBuild> list() const;  ///< current builds by name

  /// One builder per name at a time. Blocks; tell the user first with try_lock.
  [[nodiscard]] std::optional<FileLock> try_lock(const std::string& name) const;
  [[nodiscard]] FileLock lock(const std::string& name) const;

  /// Where a build grows, aside from finished ones, on the same file system. Removes what an interrupted build of this name
  /// left. The lock must be held.
  [[nodiscard]] TempDir begin(const std::string& name) const;
  /// Writes the manifest, syncs all to disk, renames the directory into place and makes it current, in this order: at no
  /// time does a half-made build look whole. build.directory and the disk paths are those of the aside directory on entry.
  BaseBuild publish(TempDir aside, BaseBuild build) const;

  /// Makes the base disappear; disks that others still stand on stay until gc finds them unused.
  void forget(const std::string& name) const;
  /// Removes builds that are neither current nor in needed. Returns what was removed.
  std::vector<std::filesystem::path> remove_unused(const std::vector<std::filesystem::path>& needed) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace agentbox
