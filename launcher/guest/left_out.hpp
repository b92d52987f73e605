// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace agentbox::guest {

/// git, asked about one path after the other; as the user: a repository may have been made by anybody. One that is not
/// there, or that ends, ignores nothing.
class IgnoreQuestions {
 public:
  IgnoreQuestions(const std::string& workspace, uid_t uid, gid_t gid);
  IgnoreQuestions(const IgnoreQuestions&) = delete;
  IgnoreQuestions& operator=(const IgnoreQuestions&) = delete;
  ~IgnoreQuestions();

  /// path: relative to the workspace.
  bool ignores(const std::string& path);

 private:
  void stop();
  bool read_field(std::string& field);

  pid_t git_ = -1;
  int questions_ = -1;
  int answers_ = -1;
  std::string heard_;
};

/// What changes are told without (GuestPlan::Prepare::Workspace::leave_out).
class LeftOut {
 public:
  /// For read(), in a later process, or in one after a snapshot of the disk.
  static void note(const GuestPlan::Prepare::Workspace& workspace, const User& user);
  explicit LeftOut(std::string workspace);
  ~LeftOut();

  enum class What { directory, other };
  /// path: relative to the workspace. Asked from the top: nothing below what is left out.
  [[nodiscard]] bool covers(const std::string& path, What what);

 private:
  [[nodiscard]] bool is_in_another_repository(const std::string& path);

  std::string workspace_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::vector<std::string> names_;
  enum class Ask { nobody, git } ask_ = Ask::nobody;
  std::unique_ptr<IgnoreQuestions> git_;
  std::unordered_map<std::string, bool> repositories_;  ///< directories that were looked at; many files are in each
};

}  // namespace agentbox::guest
