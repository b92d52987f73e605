// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/tree_plan.hpp"

#include <algorithm>
#include <optional>

#include "core/text.hpp"
#include "workspace/changes/apply/step.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;

constexpr const char* submodule_mode = "160000";

bool has_git_entry(const NodeState& state) { return state.kind == Kind::file || state.kind == Kind::link; }

std::string git_entry_mode(const NodeState& state) {
  return state.kind == Kind::link ? "120000" : (state.mode & 0100U) != 0 ? "100755" : "100644";
}

bool is_git_file(const std::string& mode) { return mode.starts_with("100"); }

class TreePlanner {
 public:
  TreePlanner(const GitEntries& tree, const std::string& prefix, const ObjectNames& names) : tree_(tree), prefix_(prefix), names_(names) {}

  void add(const Change& change, std::size_t number, const NodeState& becomes) {
    const std::string path = prefix_ + change.path;
    const std::string shown = shown_path(change.path);
    if (is_gits_own(change.path)) {
      plan_.left_out.push_back(shown + ": git's own file");
    } else if (const auto submodule = submodule_of(path)) {
      plan_.conflicts.push_back(shown + ": lies in the submodule " + shown_path(*submodule));
    } else if (change.meanwhile == Change::Meanwhile::changed) {
      plan_.conflicts.push_back(shown + ": changed on this machine while the session ran");
    } else if (!starts_from(change.before, path) && !starts_from(present_state(change), path)) {
      plan_.conflicts.push_back(shown + ": the commit that is checked out has something else than the session began with");
    } else {
      put(change, number, path, becomes);
    }
  }

  TreePlan take() { return std::move(plan_); }

 private:
  static bool is_gits_own(const std::string& path) {
    const auto parts = split(path, '/');
    return std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
      return part.size() == 4 && part[0] == '.' && (part[1] | 0x20) == 'g' && (part[2] | 0x20) == 'i' && (part[3] | 0x20) == 't';
    });
  }

  [[nodiscard]] std::optional<std::string> submodule_of(const std::string& path) const {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (is_submodule(path.substr(0, slash))) {
        return path.substr(0, slash);
      }
    }
    return is_submodule(path) ? std::optional(path) : std::nullopt;
  }

  [[nodiscard]] bool is_submodule(const std::string& path) const {
    const auto found = tree_.find(path);
    return found != tree_.end() && found->second.mode == submodule_mode;
  }

  [[nodiscard]] bool has_entries_below(const std::string& path) const {
    const auto next = tree_.lower_bound(path + "/");
    return next != tree_.end() && next->first.starts_with(path + "/");
  }

  [[nodiscard]] bool starts_from(const NodeState& state, const std::string& path) const {
    const auto found = tree_.find(path);
    if (!has_git_entry(state)) {
      return found == tree_.end() && (state.kind == Kind::directory || !has_entries_below(path));
    }
    // Its executable bit may be one that git does not look at (core.fileMode).
    return found != tree_.end() && is_git_file(found->second.mode) == (state.kind == Kind::file) && found->second.object == names_(state);
  }

  void put(const Change& change, std::size_t number, const std::string& path, const NodeState& becomes) {
    const auto found = tree_.find(path);
    if (!has_git_entry(becomes)) {
      if (becomes.kind == Kind::other) {
        plan_.left_out.push_back(shown_path(change.path) + ": neither file nor link");
      } else if (found != tree_.end()) {
        plan_.entries[path] = {"0", std::string(found->second.object.size(), '0')};
        plan_.changes[path] = number;
      }
      if (becomes.kind == Kind::absent) {
        plan_.settled.insert(number);
      } else if (change.before.kind != Kind::directory) {
        plan_.directories[path] = number;
      }
      return;
    }
    plan_.settled.insert(number);
    GitEntry entry{git_entry_mode(becomes), names_(becomes)};
    const bool was_file = found != tree_.end() && is_git_file(found->second.mode) && becomes.kind == Kind::file;
    if (was_file && change.before.kind == Kind::file && git_entry_mode(change.before) == entry.mode) {
      entry.mode = found->second.mode;  // not what the session changed
    }
    if (found == tree_.end() || found->second != entry) {
      plan_.entries[path] = entry;
      plan_.contents[path] = becomes;
      plan_.changes[path] = number;
    }
  }

  const GitEntries& tree_;
  const std::string& prefix_;
  const ObjectNames& names_;
  TreePlan plan_;
};

}  // namespace

bool sets_below(const TreePlan& plan, const std::string& directory) {
  const auto first = plan.contents.lower_bound(directory + "/");
  return first != plan.contents.end() && first->first.starts_with(directory + "/");
}

TreePlan plan_tree(const ChangeSet& set, const std::vector<PickedChange>& picked, const GitEntries& tree, const std::string& prefix, const ObjectNames& names) {
  TreePlanner planner(tree, prefix, names);
  for (const auto& [number, becomes] : picked) {
    planner.add(set.changes[number], number, becomes);
  }
  return planner.take();
}

}  // namespace agentbox
