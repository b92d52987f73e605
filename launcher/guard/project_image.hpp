// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/rules.hpp"
#include "sys/beneath.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/change.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace agentbox {

/// What a project holds at one moment of what could harm its user later, by content. Nothing of it is followed or run.
struct ProjectImage {
  std::map<std::string, NodeState> files;  ///< what runs by itself, and with them small files of text
  /// A letter and a path: 's' a set-uid program, 'l' a link that leaves the project, 'o' a fifo, socket or device, 'h' a file with another name
  /// somewhere.
  std::set<std::string> odd;
  friend bool operator==(const ProjectImage&, const ProjectImage&) = default;
};

struct ImageLimits {
  std::uint64_t watched_size = 1 << 20;  ///< of files that run by themselves; of larger ones only the digest is kept
  std::uint64_t text_size = 64 << 10;
  std::size_t text_files = 5000;
  std::uint64_t text_bytes = 64 << 20;
};

/// Walks the project. Contents go to blobs; never those of what guard hides. also: further files to look at, whatever they are: those of an earlier image.
ProjectImage image_of(const Beneath& project, const std::string& path, const Guard& guard, const BlobStore& blobs,
                      const ImageLimits& limits, const std::set<std::string>& also = {});

/// One thing that the user should know about. Paths are bytes, and a guest's: to be escaped.
struct Leftover {
  std::string path;
  std::string what;  ///< "new", "changed", "removed", "a set-uid program", ...
  std::string by;    ///< what runs it; empty for what is odd
  friend bool operator==(const Leftover&, const Leftover&) = default;
};

/// What is different, and matters. blobs: where contents of both are.
std::vector<Leftover> leftovers_between(const ProjectImage& before, const ProjectImage& after, const BlobStore& blobs);
/// The same for changes that wait for review.
std::vector<Leftover> leftovers_in(const ChangeSet& set, const BlobStore& blobs);

/// What can be put back: each file that was in the first image and is different, and each new one that runs by itself. As applied changes.
std::vector<Change> changes_between(const ProjectImage& before, const ProjectImage& after, const BlobStore& blobs);

/// The image as a text, and back (it is kept while its session runs). Reading throws Error{environment}.
std::string image_text(const ProjectImage& image, const ChangeSet& about);
ProjectImage parse_image(std::string_view text, ChangeSet& about);

}  // namespace agentbox
