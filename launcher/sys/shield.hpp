// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox {

/// A mount over one name of an exported directory, in a room of bubblewrap's. What is mounted upon can be neither moved nor removed there,
/// while its parents can, and take it along.
struct Shield {
  std::string path;  ///< relative to the exported directory; no link in it
  enum class Kind {
    in_place,         ///< the directory itself: it stays where it is, what is in it is free
    read_only,
    empty_file,       ///< looks like a file of no bytes
    empty_directory,
  } kind = Kind::read_only;
  friend bool operator==(const Shield&, const Shield&) = default;
};

}  // namespace agentbox
