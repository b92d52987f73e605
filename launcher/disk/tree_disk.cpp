// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/tree_disk.hpp"

#include "core/error.hpp"
#include "disk/erofs.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace agentbox {
namespace {

using erofs::block_size;

// Addresses have no bytes: they are cheap, so a file has room to grow.
constexpr std::uint64_t least_growth = 64 << 10;
constexpr std::uint64_t most_growth = 1 << 30;

constexpr std::uint64_t blocks_of(std::uint64_t bytes) { return bytes / block_size + (bytes % block_size == 0 ? 0 : 1); }

/// The part of out that is in [from, to), where out begins at offset.
std::span<char> part(std::span<char> out, std::uint64_t offset, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t begin = std::clamp<std::uint64_t>(from, offset, offset + out.size());
  const std::uint64_t end = std::clamp<std::uint64_t>(to, begin, offset + out.size());
  return out.subspan(begin - offset, end - begin);
}

/// Copies what bytes, which begin at from, have for out, which begins at offset.
void copy_part(std::span<char> out, std::uint64_t offset, std::uint64_t from, std::span<const char> bytes) {
  const auto to = part(out, offset, from, from + bytes.size());
  if (!to.empty()) {
    const std::size_t skipped = from < offset ? offset - from : 0;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(skipped), to.size(), to.begin());
  }
}

std::uint64_t room_for(const TreeNode& node) {
  if (!node.is_file() || node.shown == TreeNode::Shown::as_empty) {
    return node.attributes.size;
  }
  return node.attributes.size + std::clamp(node.attributes.size, least_growth, most_growth);
}

}  // namespace

TreeDisk::TreeDisk(const Beneath& top, ProjectTree tree, std::uint64_t size) : top_(top), tree_(std::move(tree)), blocks_(size / block_size) {
  if (::getrandom(uuid_.data(), uuid_.size(), 0) != static_cast<ssize_t>(uuid_.size())) {
    throw system_error("cannot get random bytes");
  }
  const std::size_t count = tree_.nodes.size();
  links_.assign(count, 1);
  for (std::size_t node = 0; node < count; ++node) {
    if (tree_.nodes[node].is_directory()) {
      links_[node] = 2;
      ++links_[tree_.nodes[node].parent];
    }
  }
  links_[0] -= 1;  // it is its own parent, which counts for nothing
  data_block_ = erofs::first_inode_block + blocks_of((count + 1) * erofs::inode_size);
  std::uint64_t block = data_block_;
  first_block_.reserve(count);
  room_.reserve(count);
  for (std::size_t node = 0; node < count; ++node) {
    first_block_.push_back(static_cast<std::uint32_t>(std::min(block, blocks_)));
    if (tree_.nodes[node].is_directory()) {
      tree_.nodes[node].attributes.size = directory_content(node).size();
    }
    // A file that is larger than what is left (holes can be of any size) has no room, nor has a closed directory: they are seen, and cannot be read.
    const std::uint64_t room = blocks_of(room_for(tree_.nodes[node]));
    const bool has_room = tree_.nodes[node].shown != TreeNode::Shown::unreadable && room <= blocks_ - block;
    room_.push_back(static_cast<std::uint32_t>(has_room ? room : 0));
    block += room_.back();
  }
}

std::size_t TreeDisk::node_at(std::uint64_t block) const {
  const auto next = std::upper_bound(first_block_.begin(), first_block_.end(), block);
  return static_cast<std::size_t>(next - first_block_.begin()) - 1;
}

std::uint64_t TreeDisk::end_of_room(std::size_t node) const {
  return (std::uint64_t{first_block_[node]} + room_[node]) * block_size;
}

bool TreeDisk::read(std::uint64_t offset, std::span<char> out) {
  std::fill(out.begin(), out.end(), '\0');
  read_superblock(offset, out);
  read_inodes(offset, out);
  return read_content(offset, out);
}

void TreeDisk::read_superblock(std::uint64_t offset, std::span<char> out) const {
  const auto bytes = erofs::encode(erofs::Superblock{.inodes = tree_.nodes.size(),
                                                     .root = static_cast<std::uint16_t>(erofs::number_of(1)),
                                                     .blocks = static_cast<std::uint32_t>(blocks_),
                                                     .uuid = uuid_});
  copy_part(out, offset, erofs::superblock_offset, bytes);
}

void TreeDisk::read_inodes(std::uint64_t offset, std::span<char> out) {
  const std::uint64_t table = erofs::first_inode_block * block_size;
  const auto wanted = part(out, offset, table, data_block_ * block_size);
  if (wanted.empty()) {
    return;
  }
  const std::uint64_t begin = std::max(offset, table) - table;
  const std::size_t last = std::min<std::uint64_t>((begin + wanted.size() - 1) / erofs::inode_size, tree_.nodes.size());
  UniqueFd parent;
  std::size_t parents_node = 0;
  for (std::size_t slot = std::max<std::uint64_t>(1, begin / erofs::inode_size); slot <= last; ++slot) {
    const std::size_t node = slot - 1;
    if (!parent || parents_node != tree_.nodes[node].parent) {
      parents_node = tree_.nodes[node].parent;
      const std::string path = tree_.path_of(parents_node);
      parent = top_.open(path.empty() ? "." : path, O_PATH | O_DIRECTORY);
    }
    look_again(node, parent.get());
    const NodeAttributes& now = tree_.nodes[node].attributes;
    const bool device = S_ISCHR(now.mode) || S_ISBLK(now.mode);
    // Without room it stands where the disk has ended.
    const auto place = static_cast<std::uint32_t>(room_[node] == 0 ? blocks_ : first_block_[node]);
    const auto bytes = erofs::encode(erofs::Inode{.mode = now.mode,
                                                  .size = now.size,
                                                  .first_block = device ? now.device : place,
                                                  .number = static_cast<std::uint32_t>(slot),
                                                  .owner = now.owner,
                                                  .group = now.group,
                                                  .modified = static_cast<std::uint64_t>(now.modified),
                                                  .modified_nanoseconds = now.modified_nanoseconds,
                                                  .links = links_[node]});
    copy_part(out, offset, table + slot * erofs::inode_size, bytes);
  }
}

// Of all but files the tree knows what is to be said: names and links' targets do not change here. parent: the directory that it is in; -1: gone.
void TreeDisk::look_again(std::size_t node, int parent) {
  TreeNode& known = tree_.nodes[node];
  struct stat status {};
  if (!known.is_file() || known.shown == TreeNode::Shown::as_empty || parent < 0 ||
      ::fstatat(parent, known.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
    return;
  }
  known.attributes = attributes_of(status, tree_.owners);
  if (room_[node] > 0) {
    known.attributes.size = std::min(known.attributes.size, room_[node] * block_size);
  }
}

bool TreeDisk::read_content(std::uint64_t offset, std::span<char> out) {
  const std::uint64_t end = offset + out.size();
  for (std::uint64_t at = std::max(offset, data_block_ * block_size); at < end;) {
    const std::size_t node = node_at(at / block_size);
    const std::uint64_t from = std::uint64_t{first_block_[node]} * block_size;
    const std::uint64_t to = std::min(end, end_of_room(node));
    if (to <= at) {
      return true;  // behind the last one
    }
    const auto wanted = out.subspan(at - offset, to - at);
    const TreeNode& known = tree_.nodes[node];
    if (known.is_directory()) {
      if (!directory_ || directory_->node != node) {
        directory_ = Directory{node, directory_content(node)};
      }
      copy_part(wanted, at, from, directory_->content);
    } else if (known.is_link()) {
      copy_part(wanted, at, from, known.target);
    } else if (!read_file(node, at - from, wanted)) {
      return false;
    }
    at = to;
  }
  return true;
}

// Behind a file's end there are zeros: the guest does not look at them.
bool TreeDisk::read_file(std::size_t node, std::uint64_t offset, std::span<char> out) const {
  const NodeAttributes& told = tree_.nodes[node].attributes;
  const UniqueFd file = top_.open(tree_.path_of(node), O_RDONLY | O_NOCTTY);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != told.size ||
      status.st_mtim.tv_sec != told.modified || static_cast<std::uint32_t>(status.st_mtim.tv_nsec) != told.modified_nanoseconds) {
    return false;
  }
  while (!out.empty()) {
    const ssize_t got = ::pread(file.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno != EINTR) {
      return false;
    }
    if (got == 0) {
      return true;
    }
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }
  return true;
}

std::string TreeDisk::directory_content(std::size_t node) const {
  const TreeNode& directory = tree_.nodes[node];
  std::vector<erofs::Entry> entries = {{".", erofs::number_of(node + 1), S_IFDIR}, {"..", erofs::number_of(directory.parent + 1), S_IFDIR}};
  entries.reserve(directory.children + entries.size());
  for (std::size_t i = 0; i < directory.children; ++i) {
    const std::size_t child = directory.first_child + i;
    entries.push_back({tree_.nodes[child].name, erofs::number_of(child + 1), tree_.nodes[child].attributes.mode});
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return erofs::encode_directory(entries);
}

}  // namespace agentbox
