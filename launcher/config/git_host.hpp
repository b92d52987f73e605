// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/agent_profile.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// A git hosting service as the broker needs to know it. agents/git-hosts/NAME.yaml, where NAME is usually its host.
struct GitHost {
  std::string name;
  std::string description;
  std::string upstream;            ///< https://github.com; repositories are OWNER/NAME.git below it
  std::string user;                ///< the token is this user's password: "x-access-token"
  std::vector<KeyVariable> keys;   ///< where the host may have a token, the best first; provider and credential unused
  std::vector<std::string> urls;   ///< what URLs of its repositories begin with: "https://github.com/", "git@github.com:"
  std::filesystem::path source;
};

}  // namespace agentbox
