// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/templates/template_key.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace agentbox {

/// A file as it was when its template was published: any write, and any other file in its place, shows in one of these.
struct PinnedFile {
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::int64_t ctime_ns = 0;
  friend bool operator==(const PinnedFile&, const PinnedFile&) = default;
};

/// A frozen machine on disk: TEMPLATES/NAME/{mem,state,disk.qcow2,greeting,manifest.json,lease,quarantine}. Written
/// once, then read-only; a fork maps mem privately, so changing it in place would kill running sessions.
struct MachineTemplate {
  std::filesystem::path directory;
  TemplateKey key = {};
  std::string created = {};  ///< RFC 3339, UTC
  PinnedFile ram_pin = {};
  PinnedFile state_pin = {};
  PinnedFile disk_pin = {};
  std::string state_digest =
      {};  ///< QEMU believes whatever stands there: a flipped bit is a machine that goes wrong later
  /// What the SSH server that waits in it has said already (ParkedGuest); none: nothing waits.
  std::optional<std::string> greeting = {};
  /// Why it is not used any more; none: it is.
  std::optional<std::string> quarantine = {};

  [[nodiscard]] std::filesystem::path ram() const { return directory / "mem"; }
  [[nodiscard]] std::filesystem::path state() const { return directory / "state"; }
  [[nodiscard]] DiskLayer disk() const { return {directory / "disk.qcow2", DiskLayer::Format::qcow2}; }
  /// Locked, shared, by each session that runs from it; its time is that of the last use.
  [[nodiscard]] std::filesystem::path lease_file() const { return directory / "lease"; }
  [[nodiscard]] std::filesystem::path quarantine_file() const { return directory / "quarantine"; }
};

/// Notes the files as they are and writes the manifest, the last thing that a template needs to be one.
void write_manifest(MachineTemplate& machine);
/// No value for anything that is not a whole manifest, with its greeting.
std::optional<MachineTemplate> read_manifest(const std::filesystem::path& directory);

/// What is not as the manifest says, as a sentence's end ("its memory was changed"); no value when all is. A few system
/// calls.
std::optional<std::string> changed_file(const MachineTemplate& machine);
/// The same, and the device state's content is looked at.
std::optional<std::string> damage_of(const MachineTemplate& machine);

std::chrono::system_clock::time_point last_use(const MachineTemplate& machine);

}  // namespace agentbox
