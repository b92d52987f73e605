// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply/step.hpp"

#include "core/text.hpp"

namespace agentbox {

bool is_content(const NodeState& state) {
  return state.kind == NodeState::Kind::file || state.kind == NodeState::Kind::link || state.kind == NodeState::Kind::other;
}

bool has_same_content(const NodeState& a, const NodeState& b) { return a.kind == b.kind && a.digest == b.digest && a.target == b.target; }

std::string shown_path(const std::string& path) { return escape_untrusted(path, 400); }

}  // namespace agentbox
