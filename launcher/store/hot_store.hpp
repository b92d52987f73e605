// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "sys/file_lock.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// The disk that a project keeps for its hot directories, taken by one session. Guests write it: its file system is
/// only ever mounted in one, never looked into here.
class KeptDisk {
 public:
  /// kept: as the last session left it. cut_off: that one did not come to its end, so that files may be half written;
  /// what it left was thrown away.
  enum class Found { fresh, kept, cut_off };

  KeptDisk(std::filesystem::path directory, FileLock lock, Found found)
      : directory_(std::move(directory)), lock_(std::move(lock)), found_(found) {}
  [[nodiscard]] Found found() const { return found_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path image() const { return directory_ / "disk.raw"; }
  /// Whoever has this descriptor has the disk.
  [[nodiscard]] int lock() const { return lock_.fd(); }

 private:
  std::filesystem::path directory_;
  FileLock lock_;
  Found found_;
};

/// hot/PROJECT/{disk.raw,lock,project,whole} on disk.
class HotStore {
 public:
  explicit HotStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Made with an empty ext4 of that size if it is missing, or if nobody has called mark_whole() since it was opened
  /// last. No value when another session has it. Throws Error{environment}, also when mke2fs is not installed.
  [[nodiscard]] std::optional<KeptDisk> open(const std::filesystem::path& project, ByteSize size) const;
  /// Of a disk whose guest has written everything and has ended: its next session gets it as it is.
  static void mark_whole(const std::filesystem::path& directory);

  struct Entry {
    std::filesystem::path project;  ///< as it was called; empty when that is not known
    std::filesystem::path directory;
    std::uint64_t bytes = 0;  ///< allocated
    enum class State { whole, in_use, cut_off } state = State::whole;
  };
  [[nodiscard]] std::vector<Entry> list() const;  ///< by project
  /// False when a session has it.
  static bool remove(const Entry& entry);

 private:
  std::filesystem::path directory_;
};

}  // namespace agentbox
