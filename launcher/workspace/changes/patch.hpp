// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/text_diff.hpp"

namespace agentbox {

/// What a patch shows of one path, or of two that are a renaming.
struct PatchFile {
  std::string path;
  std::string old_path;      ///< the same, but for renamings
  NodeState before;
  NodeState after;
  bool binary = false;
  LineCounts counts;
  std::string text;          ///< in git's format, so that `git apply` takes it; names quoted as git does
};

/// Files and links of changes, by path: directories have no place in such a patch. A file that went and one that came with
/// the same content are a renaming. Binary files stand in it as they are (git's "literal" form).
std::vector<PatchFile> make_patch(const std::vector<Change>& changes, const BlobStore& blobs);

/// A name as git writes it in patches: in double quotes with escapes when it holds anything unusual.
std::string quote_for_patch(const std::string& name);

/// "a file | 3 ++-" for each file, and a line with the sums.
std::string patch_stat(const std::vector<PatchFile>& files);

}  // namespace agentbox
