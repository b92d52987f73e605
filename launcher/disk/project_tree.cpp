// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/project_tree.hpp"

#include "core/error.hpp"
#include "disk/erofs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

namespace agentbox {
namespace {

constexpr std::uint32_t guest_user = 1000;  // docs/decisions/0003
constexpr std::uint32_t nobody = 65534;
constexpr std::size_t most_nodes = std::size_t{1} << 28;

constexpr off_t giant = off_t{128} << 30;

constexpr std::uint32_t empty_file_mode = S_IFREG | 0444;
constexpr std::uint32_t empty_directory_mode = S_IFDIR | 0755;

// As a file system has them on its disk: 12 bits of the major and 20 of the minor number.
std::uint32_t packed_device(dev_t device) {
  const std::uint32_t low = minor(device);
  return (low & 0xffU) | (static_cast<std::uint32_t>(major(device)) << 8U) | ((low & ~0xffU) << 12U);
}

std::string target_of(int directory, const std::string& name) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(directory, name.c_str(), target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

/// What is hidden; nothing stands in for a link or a fifo, as nothing can be mounted upon one (guard/shields.cpp).
bool stands_empty(const TreeNode& node, const std::string& directory, const Guard& guard) {
  const std::string path = directory.empty() ? node.name : directory + "/" + node.name;
  return (node.is_file() || node.is_directory()) && guard.standing_in_free(parts_of(path)) == Standing::hidden;
}

void empty(TreeNode& node) {
  node.shown = TreeNode::Shown::as_empty;
  node.attributes.mode = node.is_file() ? empty_file_mode : empty_directory_mode;
  node.attributes.size = 0;
}

// Of a file that says to be a giant and occupies less than half of that: its addresses would be missing for others.
bool is_hollow_giant(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_size >= giant && status.st_blocks * 512 < status.st_size / 2;
}

/// Sorted by their bytes. No value: they cannot be read.
std::optional<std::vector<std::string>> names_in(DIR* directory) {
  std::vector<std::string> names;
  for (errno = 0; const dirent* entry = ::readdir(directory); errno = 0) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && name.size() <= erofs::longest_name) {
      names.push_back(name);
    }
  }
  if (errno != 0) {
    return std::nullopt;
  }
  std::sort(names.begin(), names.end());
  return names;
}

enum class Listed { whole, not_at_all };

/// Appends the directory's children to the tree.
Listed list(int directory, const std::vector<std::string>& names, const Guard& guard, std::size_t at, ProjectTree& tree) {
  const std::string path = tree.path_of(at);
  for (const auto& name : names) {
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) {
        continue;  // gone meanwhile
      }
      return Listed::not_at_all;  // it may be listed and not be entered
    }
    TreeNode node{.name = name, .parent = static_cast<std::uint32_t>(at), .attributes = attributes_of(status, tree.owners)};
    if (node.is_link()) {
      node.target = target_of(directory, name);
      node.attributes.size = node.target.size();
    }
    if (stands_empty(node, path, guard)) {
      empty(node);
    } else if (is_hollow_giant(status)) {
      node.shown = TreeNode::Shown::unreadable;
    }
    tree.nodes.push_back(std::move(node));
  }
  return Listed::whole;
}

void read_directory(const Beneath& top, const Guard& guard, std::size_t at, ProjectTree& tree) {
  const std::string path = tree.path_of(at);
  UniqueFd fd = top.open(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(fd ? ::fdopendir(fd.get()) : nullptr, &::closedir);
  const std::size_t first = tree.nodes.size();
  tree.nodes[at].first_child = static_cast<std::uint32_t>(first);
  std::optional<std::vector<std::string>> names;
  if (directory) {
    static_cast<void>(fd.release());
    names = names_in(directory.get());
  }
  if (!names || list(::dirfd(directory.get()), *names, guard, at, tree) == Listed::not_at_all) {
    tree.nodes.resize(first);
    tree.nodes[at].shown = TreeNode::Shown::unreadable;
  }
  tree.nodes[at].children = static_cast<std::uint32_t>(tree.nodes.size() - first);
}

}  // namespace

std::string ProjectTree::path_of(std::size_t node) const {
  std::vector<std::string_view> parts;
  for (; node != 0; node = nodes[node].parent) {
    parts.push_back(nodes[node].name);
  }
  std::string path;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    (path += path.empty() ? "" : "/") += *part;
  }
  return path;
}

NodeAttributes attributes_of(const struct stat& status, Owners owners) {
  static const uid_t our_user = ::geteuid();
  static const gid_t our_group = ::getegid();
  const bool mapped = owners == Owners::as_in_the_room;
  const bool data = S_ISREG(status.st_mode) || S_ISLNK(status.st_mode);
  const bool device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
  return {.mode = status.st_mode,
          .owner = !mapped ? status.st_uid : status.st_uid == our_user ? guest_user : nobody,
          .group = !mapped ? status.st_gid : status.st_gid == our_group ? guest_user : nobody,
          .size = data ? static_cast<std::uint64_t>(status.st_size) : 0,
          .modified = status.st_mtim.tv_sec,
          .modified_nanoseconds = static_cast<std::uint32_t>(status.st_mtim.tv_nsec),
          .device = device ? packed_device(status.st_rdev) : 0};
}

ProjectTree read_tree(const Beneath& top, const Guard& guard, Owners owners) {
  struct stat status {};
  if (::fstat(top.fd(), &status) != 0) {
    throw system_error("cannot look at the project");
  }
  ProjectTree tree{.nodes = {}, .owners = owners};
  tree.nodes.push_back({.name = "", .attributes = attributes_of(status, owners)});
  for (std::size_t at = 0; at < tree.nodes.size(); ++at) {
    if (tree.nodes[at].is_directory() && tree.nodes[at].shown == TreeNode::Shown::as_it_is) {
      read_directory(top, guard, at, tree);
    }
    if (tree.nodes.size() > most_nodes) {
      throw Error(ErrorKind::environment, "the project has too many files");
    }
  }
  return tree;
}

}  // namespace agentbox
