// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/hot/find_hot.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

namespace agentbox {
namespace {

// What a project of a kind has, and what its tools fill. outermost: there is one of it for all that lies further down.
struct HotKind {
  std::vector<std::string_view> markers;
  std::vector<std::string_view> directories;
  enum class Where { each, outermost } where = Where::each;
};

constexpr std::string_view python_directory = ".venv";

const std::vector<HotKind>& hot_kinds() {
  using Where = HotKind::Where;
  static const std::vector<HotKind> all{
      {{"package.json"}, {"node_modules"}, Where::each},
      {{"next.config.js", "next.config.mjs", "next.config.ts"}, {".next"}, Where::each},
      {{"Cargo.toml"}, {"target"}, Where::outermost},
      {{"pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile"},
       {python_directory},
       Where::outermost},
      {{"CMakeLists.txt"}, {"build"}, Where::outermost},
      {{"meson.build"}, {"builddir"}, Where::outermost},
      {{"settings.gradle", "settings.gradle.kts"}, {".gradle"}, Where::outermost},
      {{"build.gradle", "build.gradle.kts"}, {"build"}, Where::each},
      {{"pom.xml"}, {"target"}, Where::each},
      {{"composer.json"}, {"vendor"}, Where::each},
      {{"mix.exs"}, {"_build", "deps"}, Where::outermost},
      {{"Package.swift"}, {".build"}, Where::outermost},
      {{"build.zig"}, {".zig-cache"}, Where::outermost},
      {{"dune-project"}, {"_build"}, Where::outermost},
      {{"stack.yaml"}, {".stack-work"}, Where::outermost},
      {{"cabal.project"}, {"dist-newstyle"}, Where::outermost},
  };
  return all;
}

struct DirectoryNames {
  std::set<std::string, std::less<>> all;
  std::vector<std::string> directories;
};

using NameStream = std::unique_ptr<DIR, int (*)(DIR*)>;

// No value when it cannot be opened: gone, closed to us, or no directory any more.
std::optional<DirectoryNames> names_in_directory(const Beneath& project, const std::string& path,
                                                 std::size_t& allowance) {
  UniqueFd fd = project.open(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!fd) {
    return std::nullopt;
  }
  const NameStream stream(::fdopendir(fd.get()), &::closedir);
  if (!stream) {
    throw system_error("cannot list " + escape_untrusted(path));
  }
  const int at = fd.release();
  DirectoryNames names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    if (allowance == 0) {
      break;
    }
    --allowance;
    struct stat status {};
    const bool directory = entry->d_type == DT_DIR ||
                           (entry->d_type == DT_UNKNOWN &&
                            ::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode));
    if (directory) {
      names.directories.push_back(name);
    }
    names.all.insert(name);
  }
  std::sort(names.directories.begin(), names.directories.end());
  return names;
}

// In the order of their distance from the root.
class HotSearch {
 public:
  HotSearch(const Beneath& project, const HotLimits& limits)
      : project_(project), limits_(limits), allowance_(limits.entries) {}

  FoundHot run() {
    todo_.push_back({"", 0, {}});
    while (!todo_.empty() && found_.seen == FoundHot::Seen::all) {
      const Place place = std::move(todo_.front());
      todo_.pop_front();
      visit(place);
    }
    return std::move(found_);
  }

 private:
  struct Place {
    std::string path;
    std::size_t depth;
    std::set<const HotKind*> above;  ///< kinds that something above this place is of
  };

  void visit(Place place) {
    const auto names = names_in_directory(project_, place.path, allowance_);
    if (!names) {
      return;
    }
    if (allowance_ == 0) {
      found_.seen = FoundHot::Seen::part;
    }
    std::set<std::string_view> hot;
    for (const auto& kind : hot_kinds()) {
      if (std::any_of(kind.markers.begin(), kind.markers.end(),
                      [&](auto marker) { return names->all.contains(marker); })) {
        if (place.above.insert(&kind).second || kind.where == HotKind::Where::each) {
          add(place.path, kind);
        }
        hot.insert(kind.directories.begin(), kind.directories.end());
      }
    }
    if (place.depth == limits_.depth) {
      return;
    }
    for (const auto& name : names->directories) {
      if (!name.starts_with('.') && !hot.contains(name) && name != "node_modules") {
        todo_.push_back({place.path.empty() ? name : place.path + "/" + name, place.depth + 1, place.above});
      }
    }
  }

  void add(const std::string& at, const HotKind& kind) {
    for (const auto name : kind.directories) {
      const std::string path = at.empty() ? std::string(name) : at + "/" + std::string(name);
      HotCandidate candidate = look_at_hot(project_, path);
      const bool known = std::any_of(found_.directories.begin(), found_.directories.end(),
                                     [&](const auto& one) { return one.path == path; });
      if (known || candidate.host == HotCandidate::Host::other) {
        continue;
      }
      if (found_.directories.size() == limits_.directories) {
        found_.seen = FoundHot::Seen::part;
        return;
      }
      found_.python = name == python_directory ? FoundHot::Python::yes : found_.python;
      found_.directories.push_back(std::move(candidate));
    }
  }

  const Beneath& project_;
  const HotLimits limits_;
  std::size_t allowance_;
  std::deque<Place> todo_;
  FoundHot found_;
};

}  // namespace

HotCandidate look_at_hot(const Beneath& project, const std::string& path) {
  const auto status = project.look_at(path);
  if (!status) {
    // Nothing, or a link on the way to it.
    const auto slash = path.rfind('/');
    const auto parent = slash == std::string::npos ? std::nullopt : project.look_at(path.substr(0, slash));
    const bool reachable = slash == std::string::npos || (parent && S_ISDIR(parent->st_mode));
    return {.path = path, .host = reachable ? HotCandidate::Host::nothing : HotCandidate::Host::other};
  }
  if (!S_ISDIR(status->st_mode)) {
    return {.path = path, .host = HotCandidate::Host::other};
  }
  std::size_t two = 2;
  const auto names = names_in_directory(project, path, two);
  return {.path = path, .host = names && names->all.empty() ? HotCandidate::Host::empty : HotCandidate::Host::content};
}

const std::vector<std::string>& names_always_hot() {
  static const std::vector<std::string> names{"node_modules", "__pycache__", ".venv",         ".gradle",
                                              ".tox",         ".mypy_cache", ".pytest_cache", ".ruff_cache"};
  return names;
}

FoundHot find_hot_directories(const Beneath& project, const HotLimits& limits) {
  return HotSearch(project, limits).run();
}

}  // namespace agentbox
