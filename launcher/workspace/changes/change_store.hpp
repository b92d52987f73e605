// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sys/file_lock.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/change_set_text.hpp"

namespace agentbox {

/// The id of what a session has changed in a directory besides its project, by the directory's number.
std::string id_of_mount(const std::string& session, std::size_t number);
bool is_of_mount(const std::string& id);

/// changes/ on disk: ID/{changes,blobs/,journal}. A change set is there whole or not at all; only discard() and prune_live() remove one. The sets of one
/// session, which was looked at while it ran: its id, and its id with "+" and four digits; with "+mount" and a number: of further directories.
class ChangeStore {
 public:
  explicit ChangeStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// fill gets a set whose id (the session's), agent and project are given and a place for contents. It takes the place of what waited
  /// in earlier sets of that session; what was applied of them stays, to be taken back. One that is live takes the place of the one of its
  /// id alone. Empty sets are not kept. Returns what was stored.
  ChangeSet create(ChangeSet about, const std::function<void(ChangeSet&, const BlobStore&, const std::filesystem::path& scratch)>& fill) const;

  /// What a session's earlier sets know to be in the project, by path: what it started from, or what was applied of it.
  [[nodiscard]] std::map<std::string, NodeState> known_states(const std::string& session) const;

  [[nodiscard]] std::vector<ChangeSet> list() const;  ///< oldest first; one that cannot be read is left out
  /// By id or unique prefix, of its project rather than of another directory; "" or "last": the newest with open (or applied) changes, with
  /// a project: of it. Throws Error{usage}.
  enum class Newest { open, applied };
  static bool has_any(const ChangeSet& set, Newest wanted);  ///< whether there are any of these in it
  [[nodiscard]] ChangeSet find(const std::string& id_or_prefix, const std::string& project, Newest wanted = Newest::open) const;
  /// Throws Error{environment} when it cannot be read.
  [[nodiscard]] ChangeSet load(const std::string& id) const;
  [[nodiscard]] bool has(const std::string& id) const;
  void save(const ChangeSet& set) const;
  void discard(const std::string& id) const;
  /// Removes what was being made or removed by who was killed then: an archive can be of any size.
  void remove_unfinished() const;
  /// Removes what live sessions have left, but for the newest sessions.
  void prune_live(std::size_t most_sessions) const;
  /// The sets of a set's session, it among them.
  [[nodiscard]] std::vector<std::string> ids_of_session(const std::string& id) const;

  [[nodiscard]] std::filesystem::path directory_of(const std::string& id) const { return directory_ / id; }
  [[nodiscard]] BlobStore blobs_of(const std::string& id) const { return BlobStore(directory_ / id / "blobs"); }
  /// Held while a set is applied, undone or discarded: one at a time.
  [[nodiscard]] FileLock lock() const;
  [[nodiscard]] std::vector<std::string> ids() const;

 private:
  void supersede(const std::string& session, const std::string& newest) const;

  std::filesystem::path directory_;
};

}  // namespace agentbox
