// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/renames.hpp"
#include "workspace/changes/text_diff.hpp"

namespace agentbox {

/// What a patch shows of one path, or of two that are a renaming.
struct PatchFile {
  std::string path;
  std::string old_path;  ///< the same, but for renamings
  unsigned similarity = 100;
  NodeState before;
  NodeState after;
  enum class Content { text, binary } content = Content::text;
  LineCounts counts;
  std::string header;    ///< in git's format, so that `git apply` takes it; names quoted as git does
  std::string body;      ///< hunks, or a binary literal
  [[nodiscard]] std::string text() const { return header + body; }
};

/// literal: binary files stand in a patch as they are. named: it is only said that they differ, for people.
enum class BinaryForm { literal, named };

/// Each file of changes, by path. Contents are read one after the other.
void for_each_patch(const std::vector<Change>& changes, const BlobStore& blobs, BinaryForm form, const std::function<void(PatchFile)>& use);

/// One of pair_files(): one file, or two where a file became a link or the other way round.
void for_each_patch_of(const FilePair& pair, const BlobStore& blobs, BinaryForm form, const std::function<void(PatchFile)>& use);

/// A name as git writes it in patches: in double quotes with escapes when it holds anything unusual.
std::string quote_for_patch(const std::string& name);

/// "a file | 3 ++-" for each file, and a line with the sums.
std::string patch_stat(const std::vector<PatchFile>& files);

/// "M<tab>PATH", "A", "D", "T" (another kind of thing), "R087<tab>OLD<tab>NEW", as of `git diff --name-status`.
std::string name_status(const FilePair& pair);

}  // namespace agentbox
