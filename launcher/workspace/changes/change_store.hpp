// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sys/file_lock.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"

namespace agentbox {

/// changes/ on disk: ID/{changes,blobs/,journal}. A change set is there whole or not at all; only discard() and prune_live() remove one.
class ChangeStore {
 public:
  explicit ChangeStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// fill gets a set whose id, agent and project are given and a place for contents. Replaces an earlier set of the same
  /// id of which nothing was applied. Empty sets are not kept. Returns what was stored.
  ChangeSet create(ChangeSet about, const std::function<void(ChangeSet&, const BlobStore&, const std::filesystem::path& scratch)>& fill) const;

  [[nodiscard]] std::vector<ChangeSet> list() const;  ///< oldest first; one that cannot be read is left out
  /// By id or unique prefix; "" or "last": the newest with open (or applied) changes, with a project: of it. Throws Error{usage}.
  enum class Newest { open, applied };
  [[nodiscard]] ChangeSet find(const std::string& id_or_prefix, const std::string& project, Newest wanted = Newest::open) const;
  [[nodiscard]] bool has(const std::string& id) const;
  void save(const ChangeSet& set) const;
  void discard(const std::string& id) const;
  /// Removes what live sessions have left, but for the newest.
  void prune_live(std::size_t most) const;

  [[nodiscard]] std::filesystem::path directory_of(const std::string& id) const { return directory_ / id; }
  [[nodiscard]] BlobStore blobs_of(const std::string& id) const { return BlobStore(directory_ / id / "blobs"); }
  /// Held while a set is applied, undone or discarded: one at a time.
  [[nodiscard]] FileLock lock() const;
  [[nodiscard]] std::vector<std::string> ids() const;

 private:
  std::filesystem::path directory_;
};

/// The text of a change set and back. Reading throws Error{environment}.
std::string change_set_text(const ChangeSet& set);
ChangeSet parse_change_set(std::string_view text);

}  // namespace agentbox
