// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// A file as it was when it was finished. changed: when its inode last changed, which no program can set back; of the disk when its content
/// last changed, since its names come and go.
struct SavedFile {
  std::int64_t size = 0;
  std::int64_t inode = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const SavedFile&, const SavedFile&) = default;
};
enum class SavedTime { inode, content };
/// Throws Error{environment}.
SavedFile look_at_file(const std::filesystem::path& path, SavedTime time);

/// live.json of a snapshot whose machine goes on where it was: NAME/{mem,state,greeting} besides the disk. Mode 0600: it holds the placeholders that
/// the session's programs know (docs/decisions/0034), and no key.
struct LiveManifest {
  std::string source;          ///< the session
  std::string qemu_version;
  std::string machine_digest;  ///< of QEMU's arguments with all paths taken out
  std::string accelerator;
  ByteSize disk_size;          ///< of the machine's disk
  SavedFile ram;
  SavedFile state;
  SavedFile disk;
  std::string state_sha256;
  std::string terminal_modes;  ///< TerminalModes::repeat_sequence()
  std::string network;         ///< what the session might do: as in the options of the same names
  std::string credentials;
  std::string history;         ///< empty: as none
  std::string max_tokens;      ///< empty: no limit
  std::string max_cost;        ///< in picodollars
  std::string max_requests;
  std::vector<std::string> forwards;      ///< "GUEST:HOST"
  std::vector<std::string> placeholders;  ///< "ROUTE PLACEHOLDER"
  /// sshd waits in the machine for who goes on from here (docs/decisions/0068). Empty: none does.
  std::string login_port;      ///< which of the two: "first", "second"
  std::string login_greeting_sha256;  ///< of what it has said: NAME/greeting
  std::string login_host_key;  ///< its public key
  friend bool operator==(const LiveManifest&, const LiveManifest&) = default;

  static std::filesystem::path ram_in(const std::filesystem::path& directory) { return directory / "mem"; }
  static std::filesystem::path state_in(const std::filesystem::path& directory) { return directory / "state"; }
  static std::filesystem::path greeting_in(const std::filesystem::path& directory) { return directory / "greeting"; }
  static std::filesystem::path disk_in(const std::filesystem::path& directory) { return directory / "disk.qcow2"; }
};

/// Whether the snapshot in this directory is a live one.
bool is_live_snapshot(const std::filesystem::path& directory);
/// Reading is strict (see StrictJson).
LiveManifest load_live_manifest(const std::filesystem::path& directory);
void save_live_manifest(const std::filesystem::path& directory, const LiveManifest& manifest);

/// Why the snapshot's machine cannot go on: its files are not as they were. Empty: they are.
std::string live_snapshot_problem(const std::filesystem::path& directory, const LiveManifest& manifest);

}  // namespace agentbox
