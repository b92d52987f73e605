// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/trees.hpp"
#include "sys/name_calls.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// A name that a call gives, made whole.
struct AskedName {
  std::string path;  ///< absolute, without "." and ".."
  /// Which file or directory the part of path with this index is, at this moment; no value: there is none, or it cannot be told.
  std::function<std::optional<FileId>(std::size_t part)> file;
};

/// The trees of a session, ready for asking.
class GuardedTrees {
 public:
  explicit GuardedTrees(const std::vector<GuardedTree>& trees);
  GuardedTrees(const GuardedTrees&) = delete;
  GuardedTrees& operator=(const GuardedTrees&) = delete;

  /// The error that a call with these names fails with, or 0. Nothing outside of the trees is refused. Links are not followed:
  /// QEMU's file server names one component in a directory that it has open. A name that is not known (no value) is refused.
  /// hidden: EACCES. guarded: EPERM; and so are moves and links that would give something a standing or take it away.
  [[nodiscard]] int judge(NameCall::Verb verb, const std::array<std::optional<AskedName>, 2>& names) const;

 private:
  struct Tree {
    PathParts path;
    Guard guard;
    KnownRepositories repositories;
    FileId stand_in;
  };
  [[nodiscard]] int judge_one(NameCall::Verb verb, const AskedName& name, bool is_first) const;

  std::vector<std::string> paths_;  ///< what the parts are of
  std::vector<Tree> trees_;
};

/// name in directory, or name alone when it is absolute; "." and ".." are taken out by the text. Both are as the kernel tells them.
std::string joined_path(const std::string& directory, const std::string& name);

}  // namespace agentbox
