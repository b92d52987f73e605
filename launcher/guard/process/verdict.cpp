// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/process/verdict.hpp"

#include <algorithm>
#include <cerrno>

namespace agentbox {
namespace {

using Verb = NameCall::Verb;

/// Whether a repository was there when the session began. What cannot be told counts as such.
bool is_known(const KnownRepositories& known, const std::optional<FileId>& directory) {
  return known.extent == KnownRepositories::Extent::some || !directory ||
         std::binary_search(known.directories.begin(), known.directories.end(), *directory);
}

}  // namespace

GuardedTrees::GuardedTrees(const std::vector<GuardedTree>& trees) {
  for (const auto& tree : trees) {
    paths_.push_back(tree.path);
  }
  for (std::size_t i = 0; i < trees.size(); ++i) {
    trees_.push_back({.path = parts_of(paths_[i]), .guard = Guard(trees[i].rules), .repositories = trees[i].repositories, .stand_in = trees[i].stand_in});
  }
}

int GuardedTrees::judge(Verb verb, const std::array<std::optional<AskedName>, 2>& names) const {
  const bool two = verb == Verb::move || verb == Verb::hard_link;
  for (std::size_t i = 0; i < (two ? 2U : 1U); ++i) {
    const int error = names[i] ? judge_one(verb, *names[i], i == 0) : EACCES;
    if (error != 0) {
      return error;
    }
  }
  return 0;
}

int GuardedTrees::judge_one(Verb verb, const AskedName& name, bool is_first) const {
  const PathParts parts = parts_of(name.path);
  for (const auto& [top, guard, repositories, stand_in] : trees_) {
    if (parts.size() <= top.size() || !std::equal(top.begin(), top.end(), parts.begin())) {
      continue;
    }
    const PathParts inner(parts.begin() + static_cast<std::ptrdiff_t>(top.size()), parts.end());
    const Standing standing = guard.standing(inner);
    if (standing == Standing::hidden) {
      return verb == Verb::open_to_read && stand_in != FileId{} && name.file(parts.size() - 1) == stand_in ? 0 : EACCES;
    }
    const bool moves = verb == Verb::move || verb == Verb::make_link || (verb == Verb::hard_link && !is_first);
    const bool refused = verb != Verb::open_to_read && (standing == Standing::guarded || (moves && guard.leads_below(inner)));
    const auto repository = refused ? guard.repository_of(inner) : std::nullopt;
    if (!repository || *repository < 0) {
      return refused ? EPERM : 0;
    }
    const auto directory = name.file(top.size() + static_cast<std::size_t>(*repository));
    // A ".git" that is not there yet may become one.
    const bool is_new = !directory && guard.place_in_git(inner) == GitPlace::repository;
    return is_new || !is_known(repositories, directory) ? 0 : EPERM;
  }
  return 0;
}

std::string joined_path(const std::string& directory, const std::string& name) {
  const std::string whole = name.starts_with('/') ? name : directory + "/" + name;
  PathParts kept;
  for (const auto part : parts_of(whole)) {
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string path;
  for (const auto part : kept) {
    (path += '/') += part;
  }
  return path;
}

}  // namespace agentbox
