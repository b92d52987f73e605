// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply/choose.hpp"

#include <algorithm>
#include <map>

#include "workspace/changes/project_index.hpp"

namespace agentbox {
namespace {

bool is_named(const std::string& path, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const auto& one) { return path == one || path.starts_with(one + "/"); });
}

// A file in a directory that the same set makes needs that directory.
void add_needed_directories(const ChangeSet& set, ApplyDirection direction, std::vector<Step>& steps) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t number = 0; number < set.changes.size(); ++number) {
    numbers[set.changes[number].path] = number;
  }
  std::map<std::string, Step> all;
  for (const auto& step : steps) {
    for (auto slash = step.path.find('/'); slash != std::string::npos && step.after.kind != NodeState::Kind::absent; slash = step.path.find('/', slash + 1)) {
      const auto found = numbers.find(step.path.substr(0, slash));
      const bool wanted = found != numbers.end() && step_for(set, found->second, direction).after.kind == NodeState::Kind::directory &&
                          set.changes[found->second].state == (direction == ApplyDirection::forward ? Change::State::open : Change::State::applied);
      if (wanted) {
        all.emplace(found->first, step_for(set, found->second, direction));
      }
    }
    all.insert_or_assign(step.path, step);
  }
  steps.clear();
  for (auto& [path, step] : all) {
    steps.push_back(std::move(step));
  }
}

}  // namespace

std::vector<Step> choose_steps(const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths, ApplyResult& result) {
  std::vector<Step> steps;
  const auto wanted = direction == ApplyDirection::forward ? Change::State::open : Change::State::applied;
  for (std::size_t number = 0; number < set.changes.size(); ++number) {
    const Change& change = set.changes[number];
    if (change.state != wanted || (!paths.empty() && !is_named(change.path, paths))) {
      continue;
    }
    // Named means by its own name: naming a directory is not meant for what hides in it.
    const auto held = reason_to_hold(change, set.project);
    if (held && direction == ApplyDirection::forward && std::find(paths.begin(), paths.end(), change.path) == paths.end()) {
      result.held.push_back(shown_path(change.path) + ": " + *held);
      continue;
    }
    steps.push_back(step_for(set, number, direction));
  }
  add_needed_directories(set, direction, steps);
  return steps;
}

void find_conflicts(const ChangeSet& set, const Beneath& project, std::vector<Step>& steps, ApplyDirection direction, ApplyResult& result) {
  std::vector<Step> todo;
  for (auto& step : steps) {
    const NodeState now = observe(project, step.path, nullptr);
    if (now == step.after && step.after.kind != NodeState::Kind::other) {
      result.done.push_back(step.path);  // it is so already
      continue;
    }
    const bool changed = direction == ApplyDirection::forward && set.changes[step.change].meanwhile == Change::Meanwhile::changed;
    if (changed) {
      result.conflicts.push_back(shown_path(step.path) + ": changed on this machine while the session ran");
    } else if (!has_same_content(now, step.before)) {
      result.conflicts.push_back(shown_path(step.path) + ": changed on this machine since");
    } else {
      todo.push_back(std::move(step));
    }
  }
  steps = std::move(todo);
}

}  // namespace agentbox
