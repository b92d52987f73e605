// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// Hosts that the user has allowed "always" when a session asked, for one project under one policy.
struct NetworkAnswers {
  std::string project;  ///< canonical path; empty: sessions without a directory
  std::string policy;
  std::vector<std::string> hosts;  ///< "host:443"; whoever uses them parses them
  friend bool operator==(const NetworkAnswers&, const NetworkAnswers&) = default;
};

/// DATA/network-answers/, one file of mode 0600 for each project and policy. Nothing of it is ever in a project or in a
/// VM's reach, so neither a guest nor a cloned repository can write an answer. Several launchers may use it at a time.
class NetworkAnswerStore {
 public:
  explicit NetworkAnswerStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Empty when there are none. Throws Error{environment} for a file that is not as it should be.
  [[nodiscard]] std::vector<std::string> hosts(const std::string& project, const std::string& policy) const;
  /// Also when it is there already. Throws Error{environment} when the file cannot be written, and at 500 hosts.
  void add(const std::string& project, const std::string& policy, const std::string& host);
  /// Sorted by project and policy.
  [[nodiscard]] std::vector<NetworkAnswers> list() const;
  /// Forgets these hosts of a project under all policies; all of them when none are named. Returns how many there were.
  std::size_t forget(const std::string& project, const std::vector<std::string>& hosts);

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& project, const std::string& policy) const;
  void save(const NetworkAnswers& answers) const;
  std::filesystem::path directory_;
};

}  // namespace agentbox
