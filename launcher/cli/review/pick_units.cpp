// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pick_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/review/chosen.hpp"
#include "core/text.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;

bool is_at_or_in(const std::string& path, const std::vector<std::string>& paths) {
  return paths.empty() ||
         std::any_of(paths.begin(), paths.end(), [&](const auto& one) { return path == one || path.starts_with(one + "/"); });
}

/// Sorts the candidates of a set into units.
class UnitSorter {
 public:
  UnitSorter(const ChangeSet& set, const std::vector<std::string>& paths) : set_(set) {
    for (std::size_t number = 0; number < set.changes.size(); ++number) {
      const Change& change = set.changes[number];
      if (waits(change) && change.meanwhile == Change::Meanwhile::unchanged && is_at_or_in(change.path, paths)) {
        candidates_.push_back(number);
      }
    }
  }

  void sort(std::vector<PickUnit>& units, std::vector<std::size_t>& going) {
    PickUnit git;
    for (const std::size_t number : candidates_) {
      const Change& change = set_.changes[number];
      const NodeState& now = present_state(change);
      if (is_in_git_directory(change.path) && !reason_to_hold(change, set_.project)) {
        git.changes.push_back(number);
      } else if (taken_.contains(number)) {
        continue;
      } else if (now.kind == Kind::directory && has_place_in_patch(change.after)) {
        units.push_back(in_place_of_directory(number));
      } else if (now.kind == Kind::directory && change.after.kind == Kind::absent && has_changes_below(set_.changes, change.path)) {
        going.push_back(number);
      } else if (now.kind == Kind::directory && change.after.kind == Kind::absent) {
        units.push_back({.changes = {number}, .pair = {}, .title = "the empty directory " + escape_untrusted(change.path, 400) + " goes"});
      } else if (change.after.kind == Kind::directory && !has_place_in_patch(now)) {
        add_directory(number, units);
      } else {
        for_patch_.push_back(number);
      }
    }
    if (!git.changes.empty()) {
      git.title = fmt::format("{} change{} in .git: what commits, branches and the index are made of", git.changes.size(), git.changes.size() == 1 ? "" : "s");
      units.push_back(std::move(git));
    }
  }

  [[nodiscard]] const std::vector<std::size_t>& for_patch() const { return for_patch_; }

 private:
  // All that goes with the directory is one question with what comes.
  PickUnit in_place_of_directory(std::size_t number) {
    const std::string& path = set_.changes[number].path;
    PickUnit unit{.changes = {number}, .pair = {}, .title = "in the place of the directory " + escape_untrusted(path, 400)};
    for (const std::size_t other : candidates_) {
      if (set_.changes[other].path.starts_with(path + "/")) {
        unit.changes.push_back(other);
        taken_.insert(other);
      }
    }
    return unit;
  }

  void add_directory(std::size_t number, std::vector<PickUnit>& units) {
    const Change& change = set_.changes[number];
    const NodeState& now = present_state(change);
    const std::string shown = escape_untrusted(change.path, 400);
    if (now.kind == Kind::directory) {
      units.push_back({.changes = {number}, .pair = {}, .title = fmt::format("mode {:04o} -> {:04o} of the directory {}", now.mode, change.after.mode, shown)});
      return;
    }
    if (!has_changes_below(set_.changes, change.path)) {
      units.push_back({.changes = {number}, .pair = {}, .title = "new directory " + shown});
    }
  }

  const ChangeSet& set_;
  std::vector<std::size_t> candidates_;
  std::vector<std::size_t> for_patch_;
  std::set<std::size_t> taken_;
};

}  // namespace

PickUnits::PickUnits(const ChangeSet& set, const std::vector<std::string>& paths, const BlobStore& blobs) {
  UnitSorter sorter(set, paths);
  sorter.sort(units_, going_);
  for (const std::size_t number : sorter.for_patch()) {
    Change now = set.changes[number];
    now.before = present_state(now);
    now.state = Change::State::open;
    waiting_.push_back(std::move(now));
  }
  const auto number_of = [&](const Change* change) { return sorter.for_patch()[static_cast<std::size_t>(change - waiting_.data())]; };
  for (const auto& pair : pair_files(waiting_, blobs)) {
    PickUnit unit{.changes = {number_of(pair.is)}, .pair = pair, .title = {}};
    if (pair.was != pair.is) {
      unit.changes.push_back(number_of(pair.was));
    }
    units_.push_back(std::move(unit));
  }
  std::stable_sort(units_.begin(), units_.end(), [&](const PickUnit& a, const PickUnit& b) {
    return set.changes[a.changes.front()].path < set.changes[b.changes.front()].path;
  });
}

}  // namespace agentbox
