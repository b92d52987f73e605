// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/project_index.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "workspace/changes/blob_store.hpp"

namespace agentbox {
namespace {

constexpr const char* magic = "agentbox project index 1";
const std::string hollow_word = "hollow ";

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

ProjectIndex::Entry entry_of(const struct stat& status) {
  const bool directory = S_ISDIR(status.st_mode);  // its size and times change with what is in it
  return {.inode = status.st_ino,
          .size = directory ? 0 : static_cast<std::uint64_t>(status.st_size),
          .modified = directory ? 0 : nanoseconds(status.st_mtim),
          .changed = directory ? 0 : nanoseconds(status.st_ctim),
          .mode = status.st_mode};
}

// As it is for QEMU, which has no more rights than its user even when that is root. (Lists of rights besides the mode only where they can
// be asked for.)
bool is_readable(int parent, const std::string& name, const struct stat& status) {
  const bool directory = S_ISDIR(status.st_mode);
  const unsigned owners = directory ? S_IRUSR | S_IXUSR : S_IRUSR;
  const auto all_of = [&](unsigned bits) { return (status.st_mode & bits) == bits; };
  if (status.st_uid == ::geteuid()) {
    return all_of(owners);
  }
  if (::geteuid() == 0) {
    return all_of(::group_member(status.st_gid) != 0 ? owners >> 3U : owners >> 6U);
  }
  return ::faccessat(parent, name.c_str(), directory ? R_OK | X_OK : R_OK, AT_EACCESS) == 0;
}

using DirectoryStream = std::unique_ptr<DIR, int (*)(DIR*)>;

std::int64_t index_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorKind::environment, "the index of the project was damaged");
  }
  return value;
}

std::string read_link(int parent, const std::string& name) {
  std::array<char, 4097> target{};
  const ssize_t length = ::readlinkat(parent, name.c_str(), target.data(), target.size());
  if (length < 0) {
    throw system_error("cannot read the link " + escape_untrusted(name));
  }
  return {target.data(), static_cast<std::size_t>(length)};
}

}  // namespace

ProjectIndex ProjectIndex::of(const Beneath& project, const IsHidden& is_hidden) {
  // Clocks of file systems advance by ticks, 10 ms at most: what changed within one of now could change again unseen.
  constexpr std::int64_t tick = 10'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t settled = nanoseconds(now) - tick;
  ProjectIndex index;
  std::vector<std::string> todo{""};
  while (!todo.empty()) {
    const std::string directory = std::move(todo.back());
    todo.pop_back();
    UniqueFd fd = project.open(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
    if (!fd) {
      continue;  // gone meanwhile, or closed to us: then the guest cannot read it either
    }
    const DirectoryStream stream(::fdopendir(fd.get()), &::closedir);
    if (!stream) {
      throw system_error("cannot list " + escape_untrusted(directory));
    }
    const int at = fd.release();
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string name = entry->d_name;
      struct stat status {};
      if (name == "." || name == ".." || ::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;
      }
      std::string path = directory.empty() ? name : directory + "/" + name;
      Entry one = entry_of(status);
      if (one.changed > settled) {
        one.changed = -1;  // matches nothing
      }
      index.entries_.emplace(path, one);
      const bool is_directory = S_ISDIR(status.st_mode);
      if (is_hidden && is_hidden(path)) {
        index.closed_.emplace(std::move(path), Closed::hidden);
      } else if ((is_directory || S_ISREG(status.st_mode)) && !is_readable(at, name, status)) {
        index.closed_.emplace(std::move(path), Closed::unreadable);
      } else if (is_directory) {
        todo.push_back(std::move(path));
      }
    }
  }
  return index;
}

void ProjectIndex::save(const std::filesystem::path& file) const {
  std::string text = std::string(magic) + '\0';
  for (const auto& [path, entry] : entries_) {
    text += path + '\0' + std::to_string(entry.inode) + ' ' + std::to_string(entry.size) + ' ' + std::to_string(entry.modified) + ' ' +
            std::to_string(entry.changed) + ' ' + std::to_string(entry.mode);
    if (const auto closed = closed_.find(path); closed != closed_.end()) {
      text += closed->second == Closed::hidden ? " h" : " u";
    }
    text += '\0';
  }
  write_file_atomically(file, text);
}

ProjectIndex ProjectIndex::load(const std::filesystem::path& file) {
  const auto fields = split(read_file(file, ByteSize::gibibytes(2)), '\0');
  if (fields.front() != magic || fields.size() % 2 != 0) {
    throw Error(ErrorKind::environment, file.string() + " is no index of a project");
  }
  ProjectIndex index;
  for (std::size_t at = 1; at + 1 < fields.size(); at += 2) {
    const auto numbers = split(fields[at + 1], ' ');
    if (numbers.size() == 6 && (numbers[5] == "h" || numbers[5] == "u")) {
      index.closed_.emplace(fields[at], numbers[5] == "h" ? Closed::hidden : Closed::unreadable);
    } else if (numbers.size() != 5) {
      throw Error(ErrorKind::environment, file.string() + " was damaged");
    }
    index.entries_[fields[at]] = {.inode = static_cast<std::uint64_t>(index_number(numbers[0])),
                                  .size = static_cast<std::uint64_t>(index_number(numbers[1])),
                                  .modified = index_number(numbers[2]),
                                  .changed = index_number(numbers[3]),
                                  .mode = static_cast<unsigned>(index_number(numbers[4]))};
  }
  return index;
}

bool ProjectIndex::unchanged(const Beneath& project, const std::string& path) const {
  const auto status = project.look_at(path);
  const auto found = entries_.find(path);
  if (!status || found == entries_.end()) {
    return !status && found == entries_.end();
  }
  return entry_of(*status) == found->second;
}

std::vector<std::string> ProjectIndex::below(const std::string& directory) const {
  std::vector<std::string> paths;
  const std::string prefix = directory + "/";
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->first.starts_with(prefix); ++at) {
    paths.push_back(at->first);
  }
  return paths;
}

bool ProjectIndex::is_closed(const std::string& path) const {
  for (auto slash = path.find('/'); !closed_.empty(); slash = path.find('/', slash + 1)) {
    if (closed_.contains(path.substr(0, slash))) {
      return true;
    }
    if (slash == std::string::npos) {
      break;
    }
  }
  return false;
}

bool ProjectIndex::holds_closed(const std::string& directory) const {
  const std::string prefix = directory + "/";
  const auto first = closed_.lower_bound(prefix);
  return first != closed_.end() && first->first.starts_with(prefix);
}

std::vector<std::string> ProjectIndex::unreadable() const {
  std::vector<std::string> paths;
  for (const auto& [path, why] : closed_) {
    if (why == Closed::unreadable) {
      paths.push_back(path);
    }
  }
  return paths;
}

NodeState observe(const Beneath& project, const std::string& path, const BlobStore* blobs) {
  const auto status = project.look_at(path);
  if (!status) {
    return {};
  }
  NodeState state{.kind = NodeState::Kind::other, .mode = status->st_mode & 0777U, .size = 0, .digest = {}, .target = {}};
  if (S_ISDIR(status->st_mode)) {
    state.kind = NodeState::Kind::directory;
  } else if (S_ISLNK(status->st_mode)) {
    const auto place = project.place(path);
    state = {.kind = NodeState::Kind::link, .mode = 0, .size = 0, .digest = {}, .target = read_link(place.parent.get(), place.name)};
  } else if (S_ISREG(status->st_mode)) {
    const UniqueFd file = project.open(path, O_RDONLY);
    if (!file) {
      throw system_error("cannot read " + escape_untrusted(path));
    }
    state.kind = NodeState::Kind::file;
    state.size = static_cast<std::uint64_t>(status->st_size);
    if (blobs != nullptr) {
      const auto blob = blobs->put_file(file.get(), path);
      state.digest = blob.digest;
      state.size = blob.size;
    } else {
      state.digest = sha256_hex_of_fd(file.get(), path);
    }
  }
  return state;
}

NodeState observe_against(const Beneath& project, const std::string& path, std::initializer_list<const NodeState*> states) {
  const auto status = project.look_at(path);
  if (!status || !S_ISREG(status->st_mode)) {
    return observe(project, path, nullptr);
  }
  const auto hollow = hollow_state(*status);
  const NodeState unread{.kind = NodeState::Kind::file,
                         .mode = status->st_mode & 0777U,
                         .size = static_cast<std::uint64_t>(status->st_size),
                         .digest = {},
                         .target = {}};
  bool read = false;
  for (const auto* state : states) {
    if (hollow && state->digest == hollow->digest) {
      return *hollow;
    }
    read = read || (state->size == unread.size && !state->digest.starts_with(hollow_word));
  }
  return read ? observe(project, path, nullptr) : unread;
}

std::optional<NodeState> hollow_state(const struct stat& status) {
  constexpr std::uint64_t least = std::uint64_t{64} << 20U;
  constexpr std::uint64_t block = 512;  // stat(2)
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < least || static_cast<std::uint64_t>(status.st_blocks) * block > size / 2) {
    return std::nullopt;
  }
  return NodeState{.kind = NodeState::Kind::file,
                   .mode = status.st_mode & 0777U,
                   .size = size,
                   .digest = hollow_word + std::to_string(size) + " " + std::to_string(nanoseconds(status.st_mtim)),
                   .target = {}};
}

}  // namespace agentbox
