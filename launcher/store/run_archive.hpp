// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What came of sessions that are over: STATE/runs/ID.json, a document each. Bounded; those that ended first go first.
class RunArchive {
 public:
  static constexpr std::size_t most_runs = 200;

  explicit RunArchive(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// For later looks: what goes wrong is no error.
  void put(const std::string& id, const std::string& document) const noexcept;
  /// The whole id of one that is kept: by id, by the beginning of one that no other has, or "last". No value when there is none;
  /// throws Error{usage} when there is more than one.
  [[nodiscard]] std::optional<std::string> find(const std::string& id) const;
  /// What was kept of what find() finds. Throws Error{usage} when there is none.
  [[nodiscard]] std::string read(const std::string& id) const;
  [[nodiscard]] std::vector<std::string> ids() const;  ///< the newest first

 private:
  std::filesystem::path directory_;
};

}  // namespace agentbox
