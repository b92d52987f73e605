// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sys/file_lock.hpp"

namespace agentbox {

/// What agents keep of their conversations, on the host, so that it survives their VMs: history/PROJECT/AGENT/. A session's guest
/// writes there what it likes, as it does in the project: nothing here is ever followed, run or believed.
class HistoryStore {
 public:
  explicit HistoryStore(std::filesystem::path directory);

  /// Where an agent's history with a project is, or would be. project: absolute, links resolved.
  [[nodiscard]] std::filesystem::path directory(const std::filesystem::path& project, const std::string& agent) const;

  struct Entry {
    std::filesystem::path project;  ///< as it was called; empty when that is not known
    std::string agent;
    std::filesystem::path directory;
    std::uint64_t bytes = 0;  ///< allocated
    std::filesystem::file_time_type used;
  };
  /// By project and agent.
  [[nodiscard]] std::vector<Entry> list() const;

  /// Makes the directory with these below it (plain names), and notes what project it is for. Throws Error{environment}.
  void open(const std::filesystem::path& project, const std::string& agent, const std::vector<std::string>& parts) const;

  /// For an agent whose history only one session at a time may use; no value when another one has it.
  [[nodiscard]] std::optional<FileLock> try_lock(const std::filesystem::path& project, const std::string& agent) const;

  /// Without following links. Throws Error{environment} when something of it stays.
  static void remove(const Entry& entry);

 private:
  [[nodiscard]] std::filesystem::path project_directory(const std::filesystem::path& project) const;
  std::filesystem::path directory_;
};

}  // namespace agentbox
