// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "workspace/changes/change.hpp"

namespace agentbox {

/// What one change of a set becomes in the project.
struct Step {
  std::size_t change = 0;  ///< its number in the set
  std::string path;
  NodeState before;
  NodeState after;
  friend bool operator==(const Step&, const Step&) = default;
};

/// What a directory is not, and nothing neither.
bool is_content(const NodeState& state);

/// A file's mode is no reason for a conflict, nor is a directory's: what would be lost is content.
bool has_same_content(const NodeState& a, const NodeState& b);

/// A path of a guest's, for messages.
std::string shown_path(const std::string& path);

}  // namespace agentbox
