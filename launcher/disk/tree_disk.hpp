// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk/project_tree.hpp"
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace agentbox {

/// A project as a read-only disk (EROFS) that nobody has ever written: each block is made when it is read. The first holds the
/// superblock; then comes the table of inodes; then, one after the other, the room of each node for its content.
///
/// Names are as they were when the tree was read. What a file's inode says is looked up when its block of the table is read. Its content is read from what
/// the project has then, and only as long as that is what the inode says: content of one size under another would be a mixture.
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
  bool read_file(std::size_t node, std::uint64_t offset, std::span<char> out) const;
  void look_again(std::size_t node, int parent);
  [[nodiscard]] std::uint64_t end_of_room(std::size_t node) const;

  struct Directory {
    std::size_t node;
    std::string content;
  };

  const Beneath& top_;
  ProjectTree tree_;                        ///< attributes: as the guest was told last
  std::uint64_t blocks_;                    ///< of the whole disk
  std::uint64_t data_block_;                ///< the first behind the table of inodes
  std::vector<std::uint32_t> first_block_;  ///< by node: where its room begins; never decreasing
  std::vector<std::uint32_t> room_;         ///< by node: blocks
  std::vector<std::uint32_t> links_;        ///< by node
  std::array<char, 16> uuid_;
  std::optional<Directory> directory_;      ///< whose blocks the next read is likely to want
};

}  // namespace agentbox
