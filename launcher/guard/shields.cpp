// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/shields.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "guard/listing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <optional>

namespace agentbox {
namespace {

// bubblewrap looks through all mounts for each one that it makes.
constexpr std::size_t most_shields = 200;
// Of a bigger tree only the upper part is looked at: the walk stands between the user and the VM.
constexpr std::size_t most_names = 500'000;

using Kind = Shield::Kind;
using Type = DirectoryEntry::Type;

/// What keeps one name; no value when nothing has to.
std::optional<Kind> shield_for(const PathParts& path, Type type, const Guard& guard, Exported exported) {
  const Standing standing = guard.standing_in_free(path);
  if (type != Type::file && type != Type::directory) {
    return std::nullopt;  // nothing can be mounted upon a link
  }
  if (standing == Standing::hidden) {
    return type == Type::file ? Kind::empty_file : Kind::empty_directory;
  }
  if (exported == Exported::read_only) {
    return std::nullopt;
  }
  const GitPlace place = guard.place_in_git(path);
  if (standing == Standing::guarded || (type == Type::file && (place == GitPlace::repository || place == GitPlace::once))) {
    return Kind::read_only;
  }
  return type == Type::directory && guard.leads_below(path) ? std::optional(Kind::in_place) : std::nullopt;
}

/// A repository holds many names, few of which matter.
bool worth_a_look(const PathParts& path, const Guard& guard) {
  const GitPlace place = guard.place_in_git(path);
  return !guard.repository_of(path) || place == GitPlace::repository || place == GitPlace::holds;
}

void add_id(const Beneath& directory, const std::string& path, KnownRepositories& repositories) {
  if (const auto status = directory.look_at(path)) {
    repositories.directories.push_back({.device = status->st_dev, .inode = status->st_ino});
  }
}

}  // namespace

FileId file_id(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    throw system_error("cannot look at " + escape_untrusted(path.native()));
  }
  return {.device = status.st_dev, .inode = status.st_ino};
}

Survey survey(const Beneath& directory, const Guard& guard, Exported exported) {
  Survey found;
  auto& shields = found.shields;
  std::deque<std::string> todo{""};
  for (std::size_t names = 0; !todo.empty();) {
    const std::string at = std::move(todo.front());
    todo.pop_front();
    for (const auto& [name, type] : list_directory(directory, at)) {
      std::string path = at.empty() ? name : at + "/" + name;
      const PathParts parts = parts_of(path);
      const auto kind = shield_for(parts, type, guard, exported);
      if (kind && shields.size() < most_shields) {
        shields.push_back({.path = path, .kind = *kind});
      }
      if (type == Type::directory && guard.place_in_git(parts) == GitPlace::repository) {
        add_id(directory, path, found.repositories);
      }
      if (type == Type::directory && (!kind || *kind == Kind::in_place) && worth_a_look(parts, guard)) {
        todo.push_back(std::move(path));
      }
      ++names;
    }
    if (names > most_names) {
      found.repositories.extent = KnownRepositories::Extent::some;
      break;
    }
  }
  std::sort(shields.begin(), shields.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  std::sort(found.repositories.directories.begin(), found.repositories.directories.end());
  return found;
}

}  // namespace agentbox
