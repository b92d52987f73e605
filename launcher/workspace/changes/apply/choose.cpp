// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply/choose.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "workspace/changes/project_index.hpp"

namespace agentbox {
namespace {

Step step_for(const ChangeSet& set, std::size_t number, ApplyDirection direction) {
  const Change& change = set.changes[number];
  return {.change = number,
          .path = change.path,
          .before = present_state(change),
          .after = direction == ApplyDirection::forward ? change.after : change.before};
}

bool is_candidate(const Change& change, ApplyDirection direction) {
  return direction == ApplyDirection::forward ? waits(change) : is_in_project(change);
}

// A file in a directory that the same set makes needs that directory.
std::vector<Step> with_needed_directories(const ChangeSet& set, ApplyDirection direction, std::vector<Step> steps) {
  std::map<std::string, std::size_t> directories;
  for (std::size_t number = 0; number < set.changes.size(); ++number) {
    const bool on_branch_only = direction == ApplyDirection::forward && set.changes[number].state == Change::State::on_branch;
    if ((is_candidate(set.changes[number], direction) || on_branch_only) && step_for(set, number, direction).after.kind == NodeState::Kind::directory) {
      directories[set.changes[number].path] = number;
    }
  }
  std::map<std::string, Step> all;
  for (auto& step : steps) {
    for (auto slash = step.path.find('/'); slash != std::string::npos && step.after.kind != NodeState::Kind::absent; slash = step.path.find('/', slash + 1)) {
      if (const auto found = directories.find(step.path.substr(0, slash)); found != directories.end()) {
        all.emplace(found->first, step_for(set, found->second, direction));
      }
    }
    std::string path = step.path;
    all.insert_or_assign(std::move(path), std::move(step));
  }
  steps.clear();
  for (auto& [path, step] : all) {
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

bool is_at_or_below(const std::string& path, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const auto& one) { return path == one || path.starts_with(one + "/"); });
}

std::vector<Step> choose_steps(const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths, std::vector<std::string>& held) {
  std::vector<Step> steps;
  const std::set<std::string> named(paths.begin(), paths.end());
  for (std::size_t number = 0; number < set.changes.size(); ++number) {
    const Change& change = set.changes[number];
    if (!is_candidate(change, direction) || (!paths.empty() && !is_at_or_below(change.path, paths))) {
      continue;
    }
    // Named means by its own name: naming a directory is not meant for what hides in it.
    const auto reason = reason_to_hold(change, set.project);
    if (reason && direction == ApplyDirection::forward && !named.contains(change.path)) {
      held.push_back(shown_path(change.path) + ": " + *reason);
      continue;
    }
    steps.push_back(step_for(set, number, direction));
  }
  return with_needed_directories(set, direction, std::move(steps));
}

std::vector<Step> steps_of(const ChangeSet& set, const std::vector<PickedChange>& picked) {
  std::vector<Step> steps;
  for (const auto& [number, becomes] : picked) {
    Step step = step_for(set, number, ApplyDirection::forward);
    step.after = becomes;
    steps.push_back(std::move(step));
  }
  return with_needed_directories(set, ApplyDirection::forward, std::move(steps));
}

ComparedSteps compare_steps(const ChangeSet& set, const Beneath& project, std::vector<Step> steps, ApplyDirection direction) {
  ComparedSteps compared;
  for (auto& step : steps) {
    const auto meanwhile = direction == ApplyDirection::forward ? set.changes[step.change].meanwhile : Change::Meanwhile::unchanged;
    const NodeState now = observe_against(project, step.path, {&step.before, &step.after});
    if (now == step.after && step.after.kind != NodeState::Kind::other) {
      compared.there.push_back(std::move(step));
    } else if (is_git_index(step.path) && (meanwhile == Change::Meanwhile::changed || !has_same_content(now, step.before))) {
      compared.own.push_back(std::move(step));
    } else if (meanwhile == Change::Meanwhile::changed) {
      compared.conflicts.push_back(shown_path(step.path) + ": changed on this machine while the session ran");
    } else if (!has_same_content(now, step.before)) {
      compared.conflicts.push_back(shown_path(step.path) + ": changed on this machine since");
    } else {
      compared.todo.push_back(std::move(step));
    }
  }
  return compared;
}

}  // namespace agentbox
