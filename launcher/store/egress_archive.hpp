// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// Names of a session's egress log in its directory; the older part comes before the other.
inline constexpr const char* egress_log_name = "egress.jsonl";
inline constexpr const char* older_egress_log_name = "egress.old.jsonl";

/// What sessions have reached and were refused, after they are gone: STATE/egress/ID.jsonl, and ID.old.jsonl for an
/// older part. Bounded; those that ended first go first.
class EgressArchive {
 public:
  static constexpr std::size_t most_sessions = 50;
  static constexpr std::uintmax_t most_bytes = std::uintmax_t{256} << 20U;

  explicit EgressArchive(std::filesystem::path directory) : directory_(std::move(directory)) {}
  /// Beside the directory of the sessions.
  static EgressArchive beside(const std::filesystem::path& sessions_directory);

  /// Takes the log out of the directory of a session that is about to be removed; an empty one is left. A log is a
  /// witness, not a wall: what goes wrong is no error.
  void take(const std::filesystem::path& session_directory, const std::string& id) const noexcept;
  /// The parts of one session's log, the older one first. By id, by the beginning of one that no other has, or "last":
  /// of the one that ended last. Empty: there is none.
  [[nodiscard]] std::vector<std::filesystem::path> find(const std::string& id) const;

 private:
  struct Entry {
    std::string id;
    std::filesystem::file_time_type ended;
    std::uintmax_t bytes;
  };
  [[nodiscard]] std::vector<Entry> list() const;  ///< the newest first
  [[nodiscard]] std::filesystem::path part(const std::string& id) const { return directory_ / (id + ".jsonl"); }
  [[nodiscard]] std::filesystem::path older_part(const std::string& id) const {
    return directory_ / (id + ".old.jsonl");
  }
  void prune() const;

  std::filesystem::path directory_;
};

}  // namespace agentbox
