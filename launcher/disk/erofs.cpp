// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/erofs.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace agentbox::erofs {
namespace {

constexpr std::uint32_t magic = 0xE0F5E1E2;
constexpr unsigned block_bits = 12;
static_assert(block_size == std::uint64_t{1} << block_bits);

// Extended (bit 0), and all content in plain blocks (0 in the bits above).
constexpr std::uint16_t extended_plain = 1;

constexpr std::size_t entry_size = 12;

template <typename Bytes, typename Integer>
void put(Bytes& bytes, std::size_t at, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    bytes[at + i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

// EROFS_FT_*, which are the kernel's FT_*.
std::uint8_t type_of(std::uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return 1;
    case S_IFDIR: return 2;
    case S_IFCHR: return 3;
    case S_IFBLK: return 4;
    case S_IFIFO: return 5;
    case S_IFSOCK: return 6;
    case S_IFLNK: return 7;
    default: return 0;
  }
}

/// Entries first, then their names. The last name ends with the block or at a NUL.
std::string encode_block(const Entry* first, const Entry* last) {
  std::string block(block_size, '\0');
  std::size_t entry = 0;
  std::size_t name = static_cast<std::size_t>(last - first) * entry_size;
  for (; first != last; ++first, entry += entry_size) {
    put(block, entry, first->number);
    put(block, entry + 8, static_cast<std::uint16_t>(name));
    put(block, entry + 10, type_of(first->mode));
    block.replace(name, first->name.size(), first->name);
    name += first->name.size();
  }
  return block;
}

}  // namespace

std::array<char, superblock_size> encode(const Superblock& superblock) {
  std::array<char, superblock_size> bytes{};
  put(bytes, 0, magic);
  put(bytes, 12, static_cast<std::uint8_t>(block_bits));
  put(bytes, 14, superblock.root);
  put(bytes, 16, superblock.inodes);
  put(bytes, 36, superblock.blocks);
  put(bytes, 40, static_cast<std::uint32_t>(first_inode_block));
  std::copy(superblock.uuid.begin(), superblock.uuid.end(), bytes.begin() + 48);
  return bytes;
}

std::array<char, inode_size> encode(const Inode& inode) {
  std::array<char, inode_size> bytes{};
  put(bytes, 0, extended_plain);
  put(bytes, 4, static_cast<std::uint16_t>(inode.mode));
  put(bytes, 8, inode.size);
  put(bytes, 16, inode.first_block);
  put(bytes, 20, inode.number);
  put(bytes, 24, inode.owner);
  put(bytes, 28, inode.group);
  put(bytes, 32, inode.modified);
  put(bytes, 40, inode.modified_nanoseconds);
  put(bytes, 44, inode.links);
  return bytes;
}

std::string encode_directory(const std::vector<Entry>& entries) {
  std::string content;
  const Entry* first = entries.data();
  const Entry* const end = first + entries.size();
  std::size_t used = 0;
  for (const Entry* entry = first; entry != end; ++entry) {
    if (used + entry_size + entry->name.size() > block_size) {
      content += encode_block(first, entry);
      first = entry;
      used = 0;
    }
    used += entry_size + entry->name.size();
  }
  return content + encode_block(first, end);
}

}  // namespace agentbox::erofs
