// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/project_image.hpp"

#include "core/text.hpp"
#include "guard/git_places.hpp"
#include "guard/listing.hpp"
#include "guard/self_running.hpp"
#include "sys/files.hpp"
#include "workspace/changes/change_store.hpp"
#include "workspace/changes/project_index.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace agentbox {
namespace {

using Type = DirectoryEntry::Type;

class Imaging {
 public:
  Imaging(const Beneath& project, std::string path, const Guard& guard, const BlobStore& blobs, const ImageLimits& limits,
          const std::set<std::string>& also)
      : project_(project), path_(std::move(path)), guard_(guard), blobs_(blobs), limits_(limits), also_(also) {}

  ProjectImage make() {
    std::vector<std::string> todo{""};
    while (!todo.empty()) {
      const std::string at = std::move(todo.back());
      todo.pop_back();
      const UniqueFd here = project_.open(at.empty() ? "." : at, O_PATH | O_DIRECTORY);
      for (const auto& [name, type] : list_directory(project_, at)) {
        std::string path = at.empty() ? name : at + "/" + name;
        if (type == Type::directory && is_worth_a_look(parts_of(path))) {
          todo.push_back(std::move(path));
        } else if (type != Type::directory) {
          look_at(path, type, here.get(), name);
        }
      }
    }
    return std::move(image_);
  }

 private:
  static bool is_worth_a_look(const PathParts& path) {
    const bool in_repository = std::any_of(path.begin(), path.end(), [](auto part) { return same_name(part, ".git"); });
    const GitPlace place = git_place(path);
    return !in_repository || place != GitPlace::ordinary;
  }

  void look_at(const std::string& path, Type type, int directory, const std::string& name) {
    const PathParts parts = parts_of(path);
    const bool watched = runs_by_itself(parts).has_value() || also_.contains(path);
    if (type == Type::file) {
      struct stat status {};
      if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
        look_at_file(path, parts, watched, status);
      }
    } else if (type == Type::other) {
      image_.odd.insert("o" + path);
    } else {
      const NodeState state = observe(project_, path, nullptr);
      if (leaves(path, state)) {
        image_.odd.insert("l" + path);
      }
      if (watched) {
        image_.files.emplace(path, state);
      }
    }
  }

  [[nodiscard]] bool leaves(const std::string& path, const NodeState& state) const {
    const bool in_git = path.find(".git") != std::string::npos;  // there it would be held for another reason
    return !in_git && reason_to_hold({.path = path, .before = {}, .after = state}, path_).has_value();
  }

  void look_at_file(const std::string& path, const PathParts& parts, bool watched, const struct stat& status) {
    if ((status.st_mode & S_ISUID) != 0) {
      image_.odd.insert("s" + path);
    }
    if (status.st_nlink > 1 && git_place(parts) == GitPlace::ordinary && path.find("node_modules/") == std::string::npos) {
      image_.odd.insert("h" + path);
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (const auto hollow = hollow_state(status)) {
      if (watched) {
        image_.files.emplace(path, *hollow);
      }
    } else if (watched) {
      keep(path, size <= limits_.watched_size);
    } else if (size <= limits_.text_size && texts_ < limits_.text_files && bytes_ + size <= limits_.text_bytes &&
               guard_.standing(parts) != Standing::hidden && is_text(path)) {
      keep(path, true);
      ++texts_;
      bytes_ += size;
    }
  }

  [[nodiscard]] bool is_text(const std::string& path) const {
    if (path.find("node_modules/") != std::string::npos) {
      return false;
    }
    const UniqueFd file = project_.open(path, O_RDONLY);
    char start[512];
    const ssize_t count = file ? ::read(file.get(), start, sizeof start) : -1;
    return count >= 0 && std::find(start, start + count, '\0') == start + count;
  }

  void keep(const std::string& path, bool content) {
    const UniqueFd file = project_.open(path, O_RDONLY);
    if (file) {  // else it cannot be read by its user either
      image_.files.emplace(path, observe(project_, path, content ? &blobs_ : nullptr));
    }
  }

  const Beneath& project_;
  std::string path_;
  const Guard& guard_;
  const BlobStore& blobs_;
  const ImageLimits& limits_;
  const std::set<std::string>& also_;
  ProjectImage image_;
  std::size_t texts_ = 0;
  std::uint64_t bytes_ = 0;
};

std::optional<std::string> content_of(const NodeState& state, const BlobStore& blobs) {
  if (state.kind != NodeState::Kind::file || !blobs.has(state.digest)) {
    return std::nullopt;
  }
  const UniqueFd file = blobs.open(state.digest);
  return read_to_end(file.get(), state.digest, ByteSize::mebibytes(16));
}

bool matters(const std::string& path, const NodeState& before, const NodeState& after, const BlobStore& blobs) {
  if (!says_what_to_run(parts_of(path)) || before.kind != NodeState::Kind::file || after.kind != NodeState::Kind::file) {
    return true;
  }
  const auto was = content_of(before, blobs);
  const auto is = content_of(after, blobs);
  return !was || !is || runs_something_else(*was, *is);
}

void add_leftover(std::vector<Leftover>& leftovers, const std::string& path, const NodeState& before, const NodeState& after,
                 const BlobStore& blobs) {
  const auto by = runs_by_itself(parts_of(path));
  if (by && before != after && matters(path, before, after, blobs)) {
    const bool was = before.kind != NodeState::Kind::absent;
    const bool is = after.kind != NodeState::Kind::absent;
    leftovers.push_back({.path = path, .what = !was ? "new" : is ? "changed" : "removed", .by = *by});
  }
}

std::string name_of_odd(char letter) {
  switch (letter) {
    case 's':
      return "a set-uid program";
    case 'l':
      return "a link that leaves the project";
    case 'h':
      return "a hard link";
    default:
      return "a fifo, socket or device";
  }
}

const NodeState& state_in(const ProjectImage& image, const std::string& path) {
  static const NodeState absent;
  const auto found = image.files.find(path);
  return found == image.files.end() ? absent : found->second;
}

std::set<std::string> paths_of(const ProjectImage& before, const ProjectImage& after) {
  std::set<std::string> paths;
  for (const auto* image : {&before, &after}) {
    for (const auto& [path, state] : image->files) {
      paths.insert(path);
    }
  }
  return paths;
}

}  // namespace

ProjectImage image_of(const Beneath& project, const std::string& path, const Guard& guard, const BlobStore& blobs,
                      const ImageLimits& limits, const std::set<std::string>& also) {
  return Imaging(project, path, guard, blobs, limits, also).make();
}

std::vector<Leftover> leftovers_between(const ProjectImage& before, const ProjectImage& after, const BlobStore& blobs) {
  std::vector<Leftover> leftovers;
  for (const auto& path : paths_of(before, after)) {
    add_leftover(leftovers, path, state_in(before, path), state_in(after, path), blobs);
  }
  for (const auto& odd : after.odd) {
    if (!before.odd.contains(odd)) {
      leftovers.push_back({.path = odd.substr(1), .what = name_of_odd(odd.front()), .by = {}});
    }
  }
  return leftovers;
}

std::vector<Leftover> leftovers_in(const ChangeSet& set, const BlobStore& blobs) {
  std::vector<Leftover> leftovers;
  for (const auto& change : set.changes) {
    add_leftover(leftovers, change.path, change.before, change.after, blobs);
    if (change.after.kind == NodeState::Kind::link && reason_to_hold(change, set.project)) {
      leftovers.push_back({.path = change.path, .what = name_of_odd('l'), .by = {}});
    }
  }
  for (const auto& path : set.odd) {
    leftovers.push_back({.path = path, .what = name_of_odd('o'), .by = {}});
  }
  return leftovers;
}

std::vector<Change> changes_between(const ProjectImage& before, const ProjectImage& after, const BlobStore& blobs) {
  std::vector<Change> changes;
  for (const auto& path : paths_of(before, after)) {
    const NodeState& was = state_in(before, path);
    const NodeState& is = state_in(after, path);
    const bool made = was.kind == NodeState::Kind::absent;
    const bool can_be_put_back = was.kind != NodeState::Kind::file || blobs.has(was.digest);
    if (was != is && can_be_put_back && (!made || runs_by_itself(parts_of(path)))) {
      changes.push_back({.path = path, .before = was, .after = is, .state = Change::State::applied});
    }
  }
  return changes;
}

std::string image_text(const ProjectImage& image, const ChangeSet& about) {
  ChangeSet set = about;
  set.odd.assign(image.odd.begin(), image.odd.end());
  set.changes.clear();
  for (const auto& [path, state] : image.files) {
    set.changes.push_back({.path = path, .before = state, .after = {}});
  }
  return change_set_text(set);
}

ProjectImage parse_image(std::string_view text, ChangeSet& about) {
  about = parse_change_set(text);
  ProjectImage image;
  image.odd.insert(about.odd.begin(), about.odd.end());
  for (auto& change : about.changes) {
    image.files.emplace(std::move(change.path), std::move(change.before));
  }
  about.odd.clear();
  about.changes.clear();
  return image;
}

}  // namespace agentbox
