// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What EROFS, Linux's read-only file system, has on its disk: the part of it that a tree without compression needs. All integers are
/// little-endian. Source: Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of Linux. Pure.
namespace agentbox::erofs {

inline constexpr std::uint64_t block_size = 4096;
inline constexpr std::uint64_t superblock_offset = 1024;  ///< in the first block
inline constexpr std::size_t superblock_size = 128;
inline constexpr std::uint64_t first_inode_block = 1;
inline constexpr std::size_t inode_size = 64;  ///< of the extended form

/// Inodes have numbers by their place: the one in slot n of the table. The first slot is empty, so that none has the number 0, which
/// programs that list a directory leave out.
constexpr std::uint64_t number_of(std::size_t slot) { return 2 * static_cast<std::uint64_t>(slot); }

struct Superblock {
  std::uint64_t inodes = 0;
  std::uint16_t root = 0;  ///< its number
  std::uint32_t blocks = 0;
  /// Of this disk and no other: overlayfs remembers files by it and their numbers, which another disk of the same project gives to others.
  std::array<char, 16> uuid = {};
};
std::array<char, superblock_size> encode(const Superblock& superblock);

/// Content stands in blocks side by side, from first_block on.
struct Inode {
  std::uint32_t mode = 0;
  std::uint64_t size = 0;
  std::uint32_t first_block = 0;  ///< of a device: its number
  std::uint32_t number = 0;       ///< for programs of 32 bits
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint64_t modified = 0;
  std::uint32_t modified_nanoseconds = 0;
  std::uint32_t links = 1;
};
std::array<char, inode_size> encode(const Inode& inode);

inline constexpr std::size_t longest_name = 255;

struct Entry {
  std::string_view name;  ///< 1 to longest_name bytes
  std::uint64_t number = 0;
  std::uint32_t mode = 0;
};

/// A directory's content, in whole blocks. entries: with "." and "..", sorted by their names' bytes.
std::string encode_directory(const std::vector<Entry>& entries);

}  // namespace agentbox::erofs
