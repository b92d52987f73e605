// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace agentbox::guest {

/// A line of /etc/passwd with the groups of /etc/group. Read from the files: a static program has no NSS.
struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
  std::string home;
  std::string shell;
  std::vector<gid_t> groups;
};

/// Throws std::runtime_error when there is no such user.
User find_user(const std::string& name);

}  // namespace agentbox::guest
