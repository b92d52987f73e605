// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/renames.hpp"

namespace agentbox {

/// What is asked about as one: a file, two that are a renaming, something in the place of a directory, an empty directory, all of .git.
struct PickUnit {
  std::vector<std::size_t> changes;  ///< numbers in the set; the first one names it
  std::optional<FilePair> pair;      ///< what a patch shows of it
  std::string title;                 ///< for what no patch shows
};

/// What waits of a set at or below paths, by path. Changes that can never be applied (the host changed the file while the session ran)
/// are not in it, nor are directories that go, or come with something in them: those follow from what is chosen.
class PickUnits {
 public:
  PickUnits(const ChangeSet& set, const std::vector<std::string>& paths, const BlobStore& blobs);
  PickUnits(const PickUnits&) = delete;
  PickUnits& operator=(const PickUnits&) = delete;

  [[nodiscard]] const std::vector<PickUnit>& all() const { return units_; }
  /// Directories that go with what is in them; numbers in the set.
  [[nodiscard]] const std::vector<std::size_t>& going_directories() const { return going_; }

 private:
  std::vector<Change> waiting_;  ///< as the project is now; pairs point to them
  std::vector<PickUnit> units_;
  std::vector<std::size_t> going_;
};

}  // namespace agentbox
