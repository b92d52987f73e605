// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/rules.hpp"
#include "sys/beneath.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace agentbox {

/// Whose the guest finds files. as_in_the_room: QEMU's room is a user namespace, in which the user's own are those of the guest's user (1000), and
/// all others nobody's (65534). as_they_are: there is no such room, and the guest's user has taken on our number.
enum class Owners { as_in_the_room, as_they_are };

/// What a file system says of a file besides its name.
struct NodeAttributes {
  std::uint32_t mode = 0;  ///< type and permissions, as in stat(2)
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< seconds
  std::uint32_t modified_nanoseconds = 0;
  std::uint32_t device = 0;  ///< of a device: as Linux packs its numbers (new_encode_dev)
};

/// One name in a project.
struct TreeNode {
  std::string name;  ///< empty for the top
  std::uint32_t parent = 0;
  NodeAttributes attributes;
  enum class Shown {
    as_it_is,
    as_empty,    ///< hidden: an empty file or directory stands there
    unreadable,  ///< a directory that is closed to us, a giant of holes: to read it is an I/O error, it must not look as if nothing were in it
  } shown = Shown::as_it_is;
  std::string target = {};                                         ///< of a link
  std::uint32_t first_child = 0;                                   ///< of a directory: they stand side by side, sorted by name
  std::uint32_t children = 0;

  [[nodiscard]] bool is_directory() const { return S_ISDIR(attributes.mode); }
  [[nodiscard]] bool is_file() const { return S_ISREG(attributes.mode); }
  [[nodiscard]] bool is_link() const { return S_ISLNK(attributes.mode); }
};

/// A project's names and attributes at one moment. nodes[0] is the top; parents come before their children.
struct ProjectTree {
  std::vector<TreeNode> nodes;
  Owners owners = Owners::as_in_the_room;

  [[nodiscard]] std::string path_of(std::size_t node) const;  ///< relative; "" for the top
};

/// Reads all names; no file, and no link is followed. Names of more than 255 bytes, which Linux can have from other systems' disks, are left out.
/// Throws Error{environment} when the top is not there, or there are more names than a disk of ours has numbers for (2^28).
ProjectTree read_tree(const Beneath& top, const Guard& guard, Owners owners);

/// What is there now, as the guest is to see it.
NodeAttributes attributes_of(const struct stat& status, Owners owners);

}  // namespace agentbox
