// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"

namespace agentbox {

/// What a guest says it has changed; see guest/changes.hpp for the archive's members. A proposal and no more: nothing of it is taken
/// for true about the host.
struct Proposal {
  /// closed: it has something in it that the guest could not read. big: its content is not told. left: changes at and below it are not.
  enum class Kind { tree, gone, odd, closed, big, left } kind = Kind::tree;
  /// For directories: nothing of what the host has in it stays but what is proposed.
  enum class Below { merged, fresh } below = Below::merged;
  NodeState state;          ///< of tree
  std::uint64_t files = 0;  ///< of left: how many, as the guest says
};
using Proposals = std::map<std::string, Proposal>;

struct ChangeLimits {
  std::uint64_t bytes = std::uint64_t{16} << 30U;
  std::size_t entries = 1'000'000;
  std::size_t depth = 128;
};

/// Reads the archive. Contents go to blobs. Everything that an honest guest does not write is refused: names with "..", absolute or
/// empty ones, too long or too deep, the same one twice, something in what is no directory, hard links, devices, other members, an
/// archive without its end. Throws Error{backend}.
Proposals read_changes(const BlobStore::Source& archive, const BlobStore& blobs, const ChangeLimits& limits);

}  // namespace agentbox
