// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk/project_tree.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace agentbox {

/// A project as a read-only disk (EROFS) that nobody has ever written: each block is made when it is read. The first holds the
/// superblock; then comes the table of inodes; then, one after the other, the room of each node for its content.
///
/// Names are as they were when the tree was read. What a file's inode says is looked up when its block of the table is read, and its content when
/// that is: a file that was edited meanwhile is seen as it is then, up to the room that it has (twice what it had, and some more).
class TreeDisk {
 public:
  /// top: must outlive the disk. size: bytes, whole blocks.
  TreeDisk(const Beneath& top, ProjectTree tree, std::uint64_t size);

  /// What is at offset. false: a file there cannot be read, by now; out is undefined then.
  bool read(std::uint64_t offset, std::span<char> out);

 private:
  [[nodiscard]] std::size_t node_at(std::uint64_t block) const;
  std::string directory_content(std::size_t node) const;
  void read_superblock(std::uint64_t offset, std::span<char> out) const;
  void read_inodes(std::uint64_t offset, std::span<char> out);
  bool read_content(std::uint64_t offset, std::span<char> out);
  bool read_file(std::size_t node, std::uint64_t offset, std::span<char> out);
  [[nodiscard]] NodeAttributes attributes_now(std::size_t node);
  [[nodiscard]] std::uint64_t end_of_room(std::size_t node) const;

  struct OpenDirectory {
    std::size_t node;
    UniqueFd fd;
  };
  struct OpenFile {
    std::size_t node;
    UniqueFd fd;
  };
  struct Directory {
    std::size_t node;
    std::string content;
  };

  const Beneath& top_;
  ProjectTree tree_;
  std::uint64_t blocks_;                    ///< of the whole disk
  std::uint64_t data_block_;                ///< the first behind the table of inodes
  std::vector<std::uint32_t> first_block_;  ///< by node: where its room begins; never decreasing
  std::vector<std::uint32_t> room_;         ///< by node: blocks
  std::vector<std::uint32_t> links_;        ///< by node
  // What the next read is likely to want again.
  std::optional<OpenDirectory> parent_;
  std::optional<OpenFile> file_;
  std::optional<Directory> directory_;
};

}  // namespace agentbox
