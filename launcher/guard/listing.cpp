// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

namespace agentbox {
namespace {

using Type = DirectoryEntry::Type;

Type type_of(int directory, const dirent& entry) {
  unsigned mode = static_cast<unsigned>(DTTOIF(entry.d_type));
  if (entry.d_type == DT_UNKNOWN) {
    struct stat status {};
    mode = ::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_mode : 0;
  }
  return S_ISREG(mode) ? Type::file : S_ISDIR(mode) ? Type::directory : S_ISLNK(mode) ? Type::link : Type::other;
}

}  // namespace

std::vector<DirectoryEntry> list_directory(const Beneath& top, const std::string& path) {
  std::vector<DirectoryEntry> entries;
  UniqueFd fd = top.open(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? ::fdopendir(fd.get()) : nullptr, &::closedir);
  if (!stream) {
    return entries;
  }
  const int at = fd.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      entries.push_back({.name = name, .type = type_of(at, *entry)});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

}  // namespace agentbox
