// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What is, or was, at a path. Content is named by its digest; a BlobStore has it.
struct NodeState {
  enum class Kind { absent, file, directory, link, other } kind = Kind::absent;
  unsigned mode = 0;         ///< permission bits; of files and directories
  std::uint64_t size = 0;    ///< of files
  std::string digest;        ///< of files: SHA-256, hexadecimal
  std::string target;        ///< of links
  friend bool operator==(const NodeState&, const NodeState&) = default;
};

/// What a session proposes for one path of the project. Paths are bytes, relative.
struct Change {
  std::string path;
  NodeState before;  ///< in the project when the session began; with meanwhile == changed: when the changes were brought out
  NodeState after;
  /// Whether the host changed it while the session ran: then before is not what the session saw, and it is never applied.
  enum class Meanwhile { unchanged, changed } meanwhile = Meanwhile::unchanged;
  /// open: it waits. applied: the project has it. partly: the project has a part of it, some hunks, and the rest waits. on_branch:
  /// a branch of the project's repository has it, the project itself does not.
  enum class State { open, applied, partly, on_branch } state = State::open;
  NodeState part = {};  ///< with partly: what the project has
  friend bool operator==(const Change&, const Change&) = default;
};

/// Changes that are not brought out: what git ignores in the session, and what package managers fill.
struct LeftOutChanges {
  std::string path;         ///< they are at it, or below it
  std::uint64_t files = 0;  ///< as the guest says
  friend bool operator==(const LeftOutChanges&, const LeftOutChanges&) = default;
};

/// Whether something of it waits for its user.
bool waits(const Change& change);
/// Whether applying has brought something of it into the project.
bool is_in_project(const Change& change);
/// What applying has made of its path so far: before, part or after.
const NodeState& present_state(const Change& change);

/// A commit that was made of some of a set's changes, in the project's repository. Names of objects are hexadecimal.
struct MadeCommit {
  enum class Where { new_branch, checkout } where = Where::new_branch;
  std::string ref;     ///< "refs/heads/NAME"; "HEAD" when that was detached
  std::string commit;
  std::string parent;  ///< empty: it is the first one
  friend bool operator==(const MadeCommit&, const MadeCommit&) = default;
};

/// The changes of one session, as they are kept for review; or (live) what it has changed in the project itself, as far as that can be
/// put back: all of that counts as applied.
struct ChangeSet {
  std::string id;  ///< the session's
  std::string agent;
  std::string project;
  std::string created;                ///< RFC 3339, UTC
  std::vector<std::string> odd;       ///< what cannot be brought out: fifos, sockets, devices
  std::vector<Change> changes;        ///< by path
  enum class Origin { review, live } origin = Origin::review;
  std::vector<MadeCommit> commits = {};  ///< oldest first
  std::vector<LeftOutChanges> left_out = {};
  std::vector<std::string> closed = {};  ///< what the session has changed, or moved, without having seen what is in it; it stays as it is
  std::vector<std::string> too_big = {};  ///< files, and directories too deep, that are not brought out
  friend bool operator==(const ChangeSet&, const ChangeSet&) = default;
};

/// Why a change is held back unless it is named, or nothing: it would run by itself on this machine (git's hooks and settings), or it
/// is a link that leaves the project. Pure.
std::optional<std::string> reason_to_hold(const Change& change, const std::string& project);

/// Whether it is a repository's index. Whoever looks at a repository's state writes it, so that the host has changed it is no reason to
/// refuse everything else. Pure.
bool is_git_index(const std::string& path);

/// "node_modules (50213 files), dist (1 file) and 3 more", escaped; empty for none. Pure.
std::string describe(const std::vector<LeftOutChanges>& left_out);

/// "a, b and 3 more", escaped. Pure.
std::string describe_paths(const std::vector<std::string>& paths);

/// The number of changes that wait for their user.
std::size_t count_open(const ChangeSet& set);
/// Whether there is anything to take back, in the project or on a branch.
bool has_something_to_undo(const ChangeSet& set);

}  // namespace agentbox
