// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/artifacts/artifact_directory.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/beneath.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr unsigned directory_mode = 0755;
constexpr unsigned file_mode = 0644;

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto [end, rest] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

const fs::path* place_of(const fs::path& path, const std::vector<fs::path>& places) {
  const auto holds = [&](const fs::path& place) { return is_below(path, place); };
  const auto place = std::find_if(places.begin(), places.end(), holds);
  return place != places.end() ? &*place : nullptr;
}

/// Where a path comes into a place that VMs write to, by whatever name that place is called in it.
struct Entry {
  fs::path place;
  fs::path rest;  ///< below place; what is written there may be a link of a VM's
};

std::optional<Entry> entry_of(const fs::path& path, const std::vector<fs::path>& places) {
  fs::path prefix;
  for (auto part = path.begin(); part != path.end(); ++part) {
    std::error_code missing;
    const fs::path real = fs::canonical(prefix /= *part, missing);
    if (missing) break;
    const fs::path* place = place_of(real, places);
    if (place == nullptr) continue;
    fs::path rest = real.lexically_relative(*place);
    while (++part != path.end()) rest /= *part;
    return Entry{.place = *place, .rest = rest};
  }
  return std::nullopt;
}

/// One step down, through a directory that is there or is made, and is no link.
UniqueFd step_down(int parent, const std::string& name, const std::string& shown) {
  if (::mkdirat(parent, name.c_str(), directory_mode) != 0 && errno != EEXIST) {
    throw system_error("cannot make the directory " + escape_untrusted(shown));
  }
  UniqueFd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    throw system_error("cannot use " + escape_untrusted(shown) + " as a directory",
                       "it may be a link, and none is followed there");
  }
  return directory;
}

UniqueFd walk_down(int from, const fs::path& relative) {
  UniqueFd here(::fcntl(from, F_DUPFD_CLOEXEC, 0));
  for (const auto& part : relative) {
    if (!part.empty() && part != ".") {
      here = step_down(here.get(), part.string(), relative.string());
    }
  }
  return here;
}

/// A name that nothing has; goes away again unless the file is put into place.
class Aside {
 public:
  explicit Aside(int directory) : directory_(directory), name_(".agentbox-" + random_hex(8)) {
    fd_ = UniqueFd(::openat(directory, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
    if (!fd_) {
      throw system_error("cannot make a file");
    }
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  ~Aside() {
    if (!placed_) {
      ::unlinkat(directory_, name_.c_str(), 0);
    }
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void place(const std::string& name) {
    if (::renameat(directory_, name_.c_str(), directory_, name.c_str()) != 0) {
      throw system_error("cannot write " + escape_untrusted(name));
    }
    placed_ = true;
  }

 private:
  int directory_;
  std::string name_;
  UniqueFd fd_;
  bool placed_ = false;
};

}  // namespace

ArtifactDirectory::ArtifactDirectory(const fs::path& directory, const std::vector<fs::path>& shared)
    : path_(fs::absolute(directory).lexically_normal()) {
  std::vector<fs::path> places;
  for (const auto& place : shared) {
    std::error_code missing;
    if (fs::path real = fs::canonical(place, missing); !missing) places.push_back(std::move(real));
  }
  if (const auto entry = entry_of(path_, places)) {
    // An earlier session may have left a link here.
    fd_ = walk_down(Beneath(entry->place).fd(), entry->rest);
    return;
  }
  make_directories(path_, directory_mode);
  fd_ = open_directory(path_);
  // What was opened, not what has its name now.
  const fs::path real = fs::read_symlink("/proc/self/fd/" + std::to_string(fd_.get()));
  if (place_of(real, places) != nullptr) {
    throw Error(ErrorKind::usage, escape_untrusted(path_.native()) + " leads into what the VM can write to",
                "Name it as it is called there: " + escape_untrusted(real.native()));
  }
}

void ArtifactDirectory::put(const std::string& name, const std::function<void(int fd)>& write) const {
  const fs::path relative(name);
  const UniqueFd parent = walk_down(fd_.get(), relative.parent_path());
  struct stat there{};
  if (::fstatat(parent.get(), relative.filename().c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(there.st_mode) &&
      !S_ISLNK(there.st_mode)) {  // /dev/null, say, which root would lose
    throw Error(ErrorKind::environment, "cannot write " + escape_untrusted(name) + ": it is there, and no file");
  }
  Aside file(parent.get());
  write(file.fd());
  file.place(relative.filename().string());
}

void ArtifactDirectory::remove(const std::string& name) const {
  struct stat there{};
  if (::fstatat(fd_.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(there.st_mode)) {
    ::unlinkat(fd_.get(), name.c_str(), 0);
  }
}

}  // namespace agentbox
