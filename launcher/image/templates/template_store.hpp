// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "image/base/base_store.hpp"
#include "sys/file_lock.hpp"
#include "sys/temp_dir.hpp"
#include "vm/qemu/spec.hpp"

namespace agentbox {

/// What a template is valid for, to the letter. Anything else: another template, or a cold boot.
struct TemplateKey {
  std::string qemu_version;
  std::string arguments_digest;   ///< of QEMU's argv with all paths taken out
  std::string base_build;         ///< directory of the base build
  std::string helper_digest;
  MachineShape shape;
  ByteSize disk;

  /// 24 hexadecimal digits: the directory's name.
  [[nodiscard]] std::string name() const;
};

/// A frozen machine on disk: TEMPLATES/NAME/{mem,state,disk.qcow2,greeting,manifest.json}. Written once, then read-only; a fork maps
/// mem privately, so changing it in place would kill running sessions.
struct MachineTemplate {
  std::filesystem::path directory;
  std::filesystem::path base_build;
  std::string created;
  std::uint64_t ram_size = 0;
  std::uint64_t ram_inode = 0;
  std::int64_t ram_ctime_ns = 0;
  /// What the SSH server that waits in it has said already (ParkedGuest); none: nothing waits.
  std::optional<std::string> greeting;

  [[nodiscard]] std::filesystem::path ram() const { return directory / "mem"; }
  [[nodiscard]] std::filesystem::path state() const { return directory / "state"; }
  [[nodiscard]] DiskLayer disk() const { return {directory / "disk.qcow2", DiskLayer::Format::qcow2}; }
};

/// TEMPLATES/ on disk.
class TemplateStore {
 public:
  explicit TemplateStore(std::filesystem::path directory);

  /// The template for a key, if a whole and unchanged one is there. One whose RAM file is not what the manifest says is moved
  /// aside (quarantine) and counts as missing.
  [[nodiscard]] std::optional<MachineTemplate> find(const TemplateKey& key) const;
  [[nodiscard]] std::vector<MachineTemplate> list() const;

  [[nodiscard]] std::optional<FileLock> try_lock(const TemplateKey& key) const;
  [[nodiscard]] FileLock lock(const TemplateKey& key) const;
  /// The key's lock must be held.
  [[nodiscard]] TempDir begin(const TemplateKey& key) const;
  /// greeting: see MachineTemplate.
  MachineTemplate publish(TempDir aside, const TemplateKey& key, const std::optional<std::string>& greeting) const;

  /// Held (shared) by each session that runs from the template, so that nobody removes it meanwhile.
  [[nodiscard]] static FileLock lease(const MachineTemplate& machine);
  /// Takes a template out of use for good: it did not restore, or does not match its manifest.
  void quarantine(const std::filesystem::path& directory, const std::string& reason) const;
  /// Removes templates that nobody leases and that are neither in needed nor of a base build in live_builds, and what is in quarantine.
  /// Also what killed builds left (gigabytes of RAM file), which is not reported.
  std::vector<std::filesystem::path> remove_unused(const std::vector<std::filesystem::path>& needed,
                                                   const std::vector<std::filesystem::path>& live_builds) const;

 private:
  void remove_interrupted() const;
  std::filesystem::path directory_;
};

}  // namespace agentbox
