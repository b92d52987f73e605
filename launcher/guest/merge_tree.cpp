// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/merge_tree.hpp"

#include "guest/copy_tree.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace agentbox::guest {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = std::size_t{512} * 1024;

// In a tree that is being replaced; in it is what is to be there, under a name that tells how far it has come.
constexpr const char* aside_name = ".agentbox-new";
constexpr const char* half_there = "/half";    // something is missing
constexpr const char* whole_there = "/whole";  // the old may go
constexpr const char* moving_in = "/moving";   // the old is gone

// What is copied is on the guest's own disk, where nothing is closed to root.
const User& owner_of_the_disk() {
  static const User root{.name = "root", .uid = 0, .gid = 0, .home = "/root", .shell = "/bin/sh", .groups = {}};
  return root;
}

std::optional<struct stat> look_at(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) {
    return status;
  }
  if (errno != ENOENT) {
    fail("cannot look at " + path);
  }
  return std::nullopt;
}

std::pair<std::int64_t, std::int64_t> time_of(const struct stat& status) {
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

// Who reads there meanwhile sees one or the other.
void replace(const std::string& from, const std::string& to) {
  const std::string next = to + ".half";
  unlink(next.c_str());
  copy_entry(from, next, owner_of_the_disk());
  if (!look_at(next)) {
    return;  // it went meanwhile
  }
  if (rename(next.c_str(), to.c_str()) != 0) {
    fail("cannot replace " + to);
  }
}

struct Common {
  std::uint64_t bytes = 0;  ///< with which both begin
  std::uint64_t lines = 0;  ///< of these, up to the end of the last whole line
};

std::size_t read_piece(const Descriptor& file, std::vector<char>& buffer, std::uint64_t offset,
                       const std::string& path) {
  const ssize_t count = pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
  if (count < 0) {
    fail("cannot read " + path);
  }
  return static_cast<std::size_t>(count);
}

Common common_beginning(const std::string& one, const std::string& other) {
  const Descriptor first(one, O_RDONLY | O_NOFOLLOW);
  const Descriptor second(other, O_RDONLY | O_NOFOLLOW);
  std::vector<char> left(piece);
  std::vector<char> right(piece);
  Common common;
  for (;;) {
    const std::size_t count =
        std::min(read_piece(first, left, common.bytes, one), read_piece(second, right, common.bytes, other));
    const auto end = left.begin() + static_cast<std::ptrdiff_t>(count);
    const auto differs = std::mismatch(left.begin(), end, right.begin()).first;
    const auto newline = std::find(std::make_reverse_iterator(differs), left.rend(), '\n');
    if (newline != left.rend()) {
      common.lines = common.bytes + static_cast<std::uint64_t>(left.rend() - newline);
    }
    common.bytes += static_cast<std::uint64_t>(differs - left.begin());
    if (differs != end || count == 0) {
      return common;
    }
  }
}

void add_lines(const std::string& from, std::uint64_t offset, const std::string& to) {
  const Descriptor source(from, O_RDONLY | O_NOFOLLOW);
  const Descriptor target(to, O_RDWR | O_APPEND | O_NOFOLLOW);
  std::vector<char> buffer(piece);
  const off_t size = lseek(target.get(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && pread(target.get(), &last, 1, size - 1) == 1 && last != '\n') {
    write_all(target.get(), "\n", 1, to);
  }
  while (const std::size_t count = read_piece(source, buffer, offset, from)) {
    write_all(target.get(), buffer.data(), count, to);
    offset += count;
  }
}

void merge_file(const std::string& from, const struct stat& status, const std::string& to) {
  const auto there = look_at(to);
  if (!there) {
    replace(from, to);
    return;
  }
  if (!S_ISREG(status.st_mode) || !S_ISREG(there->st_mode) ||
      (time_of(status) == time_of(*there) && status.st_size == there->st_size)) {
    return;
  }
  if (to.ends_with(".jsonl")) {
    const Common common = common_beginning(from, to);
    if (common.bytes == static_cast<std::uint64_t>(status.st_size)) {
      return;  // there is all of it
    }
    if (common.bytes < static_cast<std::uint64_t>(there->st_size)) {
      add_lines(from, common.lines, to);
      return;
    }
    replace(from, to);
  } else if (time_of(status) > time_of(*there)) {
    replace(from, to);
  }
}

std::pair<std::int64_t, std::int64_t> newest_below(const std::string& directory) {
  std::pair<std::int64_t, std::int64_t> newest{0, 0};
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const auto status = look_at(entry.path());
    if (status && S_ISREG(status->st_mode)) {
      newest = std::max(newest, time_of(*status));
    }
  }
  return newest;
}

bool holds_closed(const std::string& directory) {
  const fs::recursive_directory_iterator all(directory);
  return std::any_of(fs::begin(all), fs::end(all), [](const auto& entry) { return is_marked_closed(entry.path()); });
}

void remove_the_old(const std::string& tree) {
  for (const auto& entry : fs::directory_iterator(tree)) {
    if (entry.path().filename() != aside_name) {
      fs::remove_all(entry.path());
    }
  }
}

}  // namespace

void merge_tree(const std::string& from, const std::string& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string source = entry.path();
    const std::string target = to + "/" + entry.path().filename().string();
    const auto status = look_at(source);
    if (!status || is_marked_closed(source)) {
      continue;
    }
    if (!S_ISDIR(status->st_mode)) {
      merge_file(source, *status, target);
    } else if (const auto there = look_at(target); !there) {
      copy_tree(source, target, owner_of_the_disk());
    } else if (S_ISDIR(there->st_mode)) {
      merge_tree(source, target);
    }
  }
}

void replace_tree(const std::string& from, const std::string& to) {
  finish_replacing(to);
  if (newest_below(from) <= newest_below(to) || holds_closed(from)) {
    return;
  }
  const std::string aside = to + "/" + aside_name;
  fs::create_directory(aside);
  copy_tree(from, aside + half_there, owner_of_the_disk());
  fs::rename(aside + half_there, aside + whole_there);
  finish_replacing(to);
}

void finish_replacing(const std::string& tree) {
  const std::string aside = tree + "/" + aside_name;
  if (!look_at(aside)) {
    return;
  }
  if (look_at(aside + whole_there)) {
    remove_the_old(tree);
    fs::rename(aside + whole_there, aside + moving_in);
  }
  if (look_at(aside + moving_in)) {
    for (const auto& entry : fs::directory_iterator(aside + moving_in)) {
      fs::rename(entry.path(), fs::path(tree) / entry.path().filename());
    }
  }
  fs::remove_all(aside);
}

}  // namespace agentbox::guest
