// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/propose.hpp"

#include "workspace/changes/apply/step.hpp"

namespace agentbox {
namespace {

// It, or what it lies in: the guest says nothing of what is there, so the host's stays.
bool is_left_out(const std::string& path, const Proposals& proposals) {
  for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const auto found = proposals.find(path.substr(0, slash));
    if (found != proposals.end() && found->second.kind == Proposal::Kind::left) {
      return true;
    }
    if (slash == std::string::npos) {
      return false;
    }
  }
}

// Sorted, one state for each path that the guest says something about.
std::map<std::string, NodeState> wanted_states(const Proposals& proposals, const ProjectIndex& index, ChangeSet& set) {
  std::map<std::string, NodeState> wanted;
  const auto nothing_below = [&](const std::string& directory) {
    for (const auto& path : index.below(directory)) {
      if (!is_left_out(path, proposals)) {
        wanted.try_emplace(path);
      }
    }
  };
  for (const auto& [path, proposal] : proposals) {
    if (proposal.kind == Proposal::Kind::odd) {
      set.odd.push_back(path);
    } else if (proposal.kind == Proposal::Kind::closed) {
      set.closed.push_back(path);
    } else if (proposal.kind == Proposal::Kind::big) {
      set.too_big.push_back(path);
    } else if (proposal.kind == Proposal::Kind::left) {
      set.left_out.push_back({.path = path, .files = proposal.files});
    } else {
      wanted[path] = proposal.state;
    }
  }
  for (const auto& [path, proposal] : proposals) {
    const bool stays_directory = proposal.kind == Proposal::Kind::tree && proposal.state.kind == NodeState::Kind::directory;
    if (!stays_directory || proposal.below == Proposal::Below::fresh) {
      nothing_below(path);
    }
  }
  return wanted;
}

}  // namespace

void add_changes(const Proposals& proposals, const ProjectIndex& index, const std::map<std::string, NodeState>& known, const Beneath& project,
                 const BlobStore& blobs, ChangeSet& set) {
  for (auto& [path, after] : wanted_states(proposals, index, set)) {
    if (index.is_closed(path) || (after.kind != NodeState::Kind::directory && index.holds_closed(path))) {
      set.closed.push_back(path);
      continue;
    }
    const bool unchanged = index.unchanged(project, path);
    Change change{.path = path, .before = observe(project, path, &blobs), .after = after};
    const auto earlier = known.find(path);
    const bool our_own = earlier != known.end() && has_same_content(change.before, earlier->second);
    change.meanwhile = unchanged || our_own ? Change::Meanwhile::unchanged : Change::Meanwhile::changed;
    if (change.before != change.after) {
      set.changes.push_back(std::move(change));
    }
  }
}

}  // namespace agentbox
