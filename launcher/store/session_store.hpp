// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/file_lock.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// detached: it runs without a terminal. ended: so did it when it ended; its outcome and logs wait to be looked at. unsaved: it was cut
/// off, and its disk holds changes that nobody has seen.
enum class SessionPhase { preparing, starting, running, detached, stopping, kept, ended, unsaved };
std::string to_string(SessionPhase phase);

/// A process named for good: the pid may be reused, pid and start time together may not.
struct ProcessIdentity {
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  ///< clock ticks since boot
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// state.json of one session. Holds no secret.
struct SessionRecord {
  std::string id;
  std::string agent;      ///< "claude", "shell", "run"
  std::string project;    ///< host path, empty without a workspace
  std::string workspace;  ///< live, readonly, none
  std::vector<std::string> writable;  ///< directories of the host's that it can write to
  std::string base;
  std::string policy;
  std::string started;  ///< RFC 3339, UTC
  SessionPhase phase = SessionPhase::preparing;
  ProcessIdentity launcher;
  ProcessIdentity vm;  ///< pid 0: not started
  std::string dial_socket;  ///< the way to the guest (see wire/dial.hpp); empty: by the port
  int ssh_port = 0;         ///< on 127.0.0.1, with QEMU's own network only; 0: none
  std::string base_build;  ///< directory of the base build that holds the login key
  std::string host_key;    ///< what its SSH server shows to further connections: "ssh-ed25519 AAAA..."
  std::string template_directory;  ///< that its VM was forked from; empty: booted cold
  std::string guest_user;
  std::string outcome;  ///< when ended: "exit code 0", ...
};

/// A file in a session's directory for as long as its disk holds changes that were not brought out: the manifest (SnapshotManifest) that makes a
/// snapshot of the disk. Who cleans up leaves such a session alone.
inline constexpr const char* unsaved_disk_name = "manifest.json";

/// A session directory that is ours: the lock is held for as long as the object lives.
class SessionHandle {
 public:
  SessionHandle(std::filesystem::path directory, FileLock lock, SessionRecord record);
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] const SessionRecord& record() const { return record_; }
  /// Changes the record and writes it atomically.
  void update(const std::function<void(SessionRecord&)>& change);
  /// Removes the directory, and the mount points that were made in the project (mount_points.hpp); the session is gone.
  /// What it reached stays in the EgressArchive.
  void remove() noexcept;
  /// Leaves the record, in phase ended, and the logs. The session's VM must be gone.
  void retire();

 private:
  std::filesystem::path directory_;
  FileLock lock_;
  SessionRecord record_;
};

/// A session whose state.json cannot be read is listed all the same, broken, with the reason as its outcome and in phase ended:
/// its disk may hold work, so only "rm" removes it.
struct ListedSession {
  SessionRecord record;
  std::filesystem::path directory;
  bool live = false;  ///< its launcher (or, when kept, its VM) still runs
  bool broken = false;
};

/// sessions/ on disk: one directory each, with a lock and a state file.
class SessionStore {
 public:
  explicit SessionStore(std::filesystem::path sessions_directory);

  /// A new directory with a fresh id ("claude-7k2m9d": agent and six random characters), locked by us.
  SessionHandle create(const std::string& agent);
  [[nodiscard]] std::vector<ListedSession> list() const;  ///< by start time
  /// By id or unique prefix; "" or "last" means the only live one. Throws Error{usage} with what there is.
  [[nodiscard]] ListedSession find(const std::string& id_or_prefix) const;

  /// Finds sessions whose launcher is gone before they had ended: kills what is left of their VM (only if pid and start
  /// time match), removes their directories; those with changes that nobody has seen become unsaved instead. Kept sessions whose VM has ended are left else. Returns the ids cleaned.
  /// Never touches a session whose lock is held. Safe to run at any time, by many at once.
  std::vector<std::string> clean_crashed();
  /// Removes the records of sessions that have ended that long ago. Returns their ids.
  std::vector<std::string> forget_ended(std::chrono::hours age);
  /// Takes over a kept or dead session for stop/rm; no value when it is in use.
  std::optional<SessionHandle> take(const std::string& id);

 private:
  std::filesystem::path sessions_directory_;
};

}  // namespace agentbox
