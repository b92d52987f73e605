// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/change.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/text.hpp"

namespace agentbox {
namespace {

// What commits, branches and merges write. All else in a .git is settings or programs.
bool is_git_data(const std::vector<std::string>& inner) {
  static constexpr std::array<std::string_view, 10> files{"HEAD",       "ORIG_HEAD",   "FETCH_HEAD", "MERGE_HEAD", "MERGE_MSG",
                                                          "MERGE_MODE", "COMMIT_EDITMSG", "index",      "packed-refs", "AUTO_MERGE"};
  if (inner.empty()) {
    return true;  // the directory itself
  }
  if (inner.size() == 1 && std::find(files.begin(), files.end(), inner.front()) != files.end()) {
    return true;
  }
  const bool alternates = inner.size() > 2 && inner[0] == "objects" && inner[1] == "info" && inner[2] != "packs" && inner[2] != "commit-graph";
  return (inner.front() == "objects" && !alternates) || inner.front() == "refs" || inner.front() == "logs";
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c); });
  return text;
}

// By its text alone: a ".." behind a name may lead anywhere when that name is a link.
bool leaves(const std::string& path, const std::string& target, const std::string& project) {
  if (target.starts_with('/')) {
    return target != project && !(target.starts_with(project + "/") && target.find("/../") == std::string::npos && !target.ends_with("/.."));
  }
  auto depth = std::count(path.begin(), path.end(), '/');
  bool named = false;
  for (const auto& part : split(target, '/')) {
    if (part == "..") {
      if (named || --depth < 0) {
        return true;
      }
    } else if (!part.empty() && part != ".") {
      named = true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> reason_to_hold(const Change& change, const std::string& project) {
  const auto parts = split(change.path, '/');
  const auto git = std::find_if(parts.begin(), parts.end(), [](const auto& part) { return lower_case(part) == ".git"; });
  if (git != parts.end()) {
    const std::vector<std::string> inner(git + 1, parts.end());
    const bool is_directory_or_gone = change.after.kind == NodeState::Kind::directory || change.after.kind == NodeState::Kind::absent;
    if (*git != ".git" || !is_git_data(inner) || (inner.empty() && !is_directory_or_gone) || change.after.kind == NodeState::Kind::link) {
      return "part of git's settings and programs";
    }
  }
  if (change.after.kind == NodeState::Kind::link && leaves(change.path, change.after.target, project)) {
    return "a link that leaves the project";
  }
  return std::nullopt;
}

std::string describe(const std::vector<LeftOutChanges>& left_out) {
  constexpr std::size_t most = 5;
  std::vector<LeftOutChanges> largest = left_out;
  std::stable_sort(largest.begin(), largest.end(), [](const auto& one, const auto& other) { return one.files > other.files; });
  std::string text;
  for (std::size_t i = 0; i < std::min(largest.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + escape_untrusted(largest[i].path, 200) + " (" + std::to_string(largest[i].files) +
            (largest[i].files == 1 ? " file)" : " files)");
  }
  return text + (largest.size() > most ? " and " + std::to_string(largest.size() - most) + " more" : "");
}

std::string describe_paths(const std::vector<std::string>& paths) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + escape_untrusted(paths[i], 200);
  }
  return text + (paths.size() > most ? " and " + std::to_string(paths.size() - most) + " more" : "");
}

bool is_git_index(const std::string& path) { return path == ".git/index" || path.ends_with("/.git/index"); }

bool waits(const Change& change) { return change.state == Change::State::open || change.state == Change::State::partly; }

bool is_in_project(const Change& change) { return change.state == Change::State::applied || change.state == Change::State::partly; }

const NodeState& present_state(const Change& change) {
  switch (change.state) {
    case Change::State::applied:
      return change.after;
    case Change::State::partly:
      return change.part;
    case Change::State::open:
    case Change::State::on_branch:
      break;
  }
  return change.before;
}

std::size_t count_open(const ChangeSet& set) { return static_cast<std::size_t>(std::count_if(set.changes.begin(), set.changes.end(), waits)); }

bool has_something_to_undo(const ChangeSet& set) {
  return std::any_of(set.changes.begin(), set.changes.end(), [](const auto& change) { return change.state != Change::State::open; });
}

}  // namespace agentbox
