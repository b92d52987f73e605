// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/git_access.hpp"
#include "config/yaml/node.hpp"

#include <vector>

namespace agentbox {

/// `credentials: git:` of a policy: a list of {host, fetch, push}. Throws Error{config} with the place. Whether the hosts are
/// known is the Catalog's part.
std::vector<GitAccess> read_git_access(const YamlNode& node);

}  // namespace agentbox
