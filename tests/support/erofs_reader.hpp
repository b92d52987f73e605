// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace agentbox::test {

/// Reads an EROFS disk as Linux does: from the superblock to the inodes, by numbers and addresses. Knows what plain inodes need.
class ErofsReader {
 public:
  /// No value: that part of the disk cannot be read.
  using Read = std::function<std::optional<std::string>(std::uint64_t offset, std::size_t count)>;

  struct Node {
    std::uint32_t mode, owner, group, links;
    std::uint64_t size, place, modified;
  };

  explicit ErofsReader(Read read) : read_(std::move(read)) {
    const std::string super = bytes(1024, 128);
    if (number(super, 0, 4) != 0xE0F5E1E2 || number(super, 12, 1) != 12) {
      throw std::runtime_error("no superblock");
    }
    root_ = number(super, 14, 2);
    table_ = number(super, 40, 4) * 4096;
  }

  Node inode(std::uint64_t nid) const {
    const std::string raw = bytes(table_ + 32 * nid, 64);
    if (number(raw, 0, 2) != 1) {
      throw std::runtime_error("no extended, plain inode");
    }
    return {.mode = static_cast<std::uint32_t>(number(raw, 4, 2)),
            .owner = static_cast<std::uint32_t>(number(raw, 24, 4)),
            .group = static_cast<std::uint32_t>(number(raw, 28, 4)),
            .links = static_cast<std::uint32_t>(number(raw, 44, 4)),
            .size = number(raw, 8, 8),
            .place = number(raw, 16, 4) * 4096,
            .modified = number(raw, 32, 8)};
  }

  std::optional<std::string> content(const Node& node) const { return read_(node.place, node.size); }

  /// Names, in the order in which they stand, and the numbers of their inodes.
  std::vector<std::pair<std::string, std::uint64_t>> list(const Node& directory) const {
    std::vector<std::pair<std::string, std::uint64_t>> entries;
    for (std::uint64_t at = 0; at < directory.size; at += 4096) {
      const std::string block = bytes(directory.place + at, 4096);
      const std::size_t count = number(block, 8, 2) / 12;
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = number(block, 12 * i + 8, 2);
        const std::size_t end = i + 1 < count ? number(block, 12 * (i + 1) + 8, 2) : std::min(block.find('\0', begin), block.size());
        entries.emplace_back(block.substr(begin, end - begin), number(block, 12 * i, 8));
      }
    }
    return entries;
  }

  /// All below the root by path. Names must be sorted: the kernel looks them up by binary search.
  std::map<std::string, Node> tree() const {
    std::map<std::string, Node> found;
    add(root_, root_, "", found);
    return found;
  }

 private:
  static std::uint64_t number(const std::string& raw, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
      value = (value << 8U) | static_cast<unsigned char>(raw.at(at + i));
    }
    return value;
  }
  std::string bytes(std::uint64_t offset, std::size_t count) const {
    auto read = read_(offset, count);
    if (!read || read->size() != count) {
      throw std::runtime_error("the disk cannot be read");
    }
    return *read;
  }
  void add(std::uint64_t nid, std::uint64_t parent, const std::string& path, std::map<std::string, Node>& found) const {
    const Node node = inode(nid);
    found.emplace(path, node);
    if (!S_ISDIR(node.mode)) {
      return;
    }
    std::string before;
    for (const auto& [name, child] : list(node)) {
      if (!before.empty() && before >= name) {
        throw std::runtime_error("not sorted: " + name);
      }
      before = name;
      if (name == "." || name == "..") {
        if (child != (name == "." ? nid : parent)) {
          throw std::runtime_error(name + " leads elsewhere");
        }
      } else {
        add(child, nid, path.empty() ? name : path + "/" + name, found);
      }
    }
  }

  Read read_;
  std::uint64_t root_ = 0;
  std::uint64_t table_ = 0;
};

}  // namespace agentbox::test
