// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/git/plumbing.hpp"

namespace agentbox {

/// git's name of a file's content or a link's target as a blob: the digest of "blob SIZE" NUL and the content. Throws Error{environment}
/// when the kept content cannot be read or is not what its name says.
std::string git_object_name(const NodeState& state, const BlobStore& blobs, GitPlumbing::Digest digest);

}  // namespace agentbox
