// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/changes.hpp"

#include "guest/copy_tree.hpp"
#include "guest/disks.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/layers.hpp"
#include "guest/left_out.hpp"
#include "guest/pax_writer.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace agentbox::guest {
namespace {

constexpr long overlay_magic = 0x794c7630;  // linux/magic.h, OVERLAYFS_SUPER_MAGIC

using Names = std::vector<std::string>;

// No value where the host's user may not look, or where it is gone: the session may be running. And, with errno closed_on_disk, where reading fails.
std::optional<Names> names_if_open(const std::string& path) {
  Names names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), &closedir);
  errno = directory ? 0 : errno;
  while (const dirent* entry = directory ? readdir(directory.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
    errno = 0;
  }
  if (errno == EACCES || errno == ENOENT || errno == closed_on_disk) {
    return std::nullopt;
  }
  if (errno != 0) {
    fail("cannot list " + path);
  }
  return names;
}

// On the guest's own disk, where nothing is closed.
Names names_in(const std::string& path) {
  const auto names = names_if_open(path);
  if (!names && errno == closed_on_disk) {
    fail("cannot list " + path);
  }
  return names.value_or(Names{});
}

bool can_be_read(int content) {
  static std::vector<char> part(std::size_t{256} << 10);  // a new one for each file costs more than the file
  off_t offset = 0;
  for (ssize_t count = 0; (count = pread(content, part.data(), part.size(), offset)) != 0; offset += count) {
    if (count < 0) {
      return false;
    }
  }
  return true;
}

// Null in the same cases. layer: where it is when the session has written it. What it has not is read here once, all of it: a file that fails in the middle
// would take the whole archive with it.
std::unique_ptr<Descriptor> open_content(const std::string& path, const std::string& layer) {
  try {
    auto content = std::make_unique<Descriptor>(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const bool written_here = access(layer.c_str(), F_OK) == 0;
    return written_here || can_be_read(content->get()) ? std::move(content) : nullptr;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::permission_denied || error.code() == std::errc::no_such_file_or_directory) {
      return nullptr;
    }
    throw;
  }
}

bool has_attribute(const std::string& path, const char* name) { return lgetxattr(path.c_str(), name, nullptr, 0) > 0; }

// Linux, Documentation/filesystems/overlayfs.rst: a whiteout is a device 0/0; a directory that hides the one below is opaque; one
// that was renamed says where it was, and then the one below is another's.
bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == 0; }
bool hides_below(const std::string& path) {
  return has_attribute(path, "trusted.overlay.opaque") || has_attribute(path, "trusted.overlay.redirect");
}

std::size_t count_files(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return 0;
  }
  if (!S_ISDIR(status.st_mode)) {
    return 1;
  }
  std::size_t count = 0;
  for (const auto& name : names_in(path)) {
    count += count_files(path + "/" + name);
  }
  return count;
}

class Changes {
 public:
  Changes(std::string merged, PaxWriter& archive) : merged_(std::move(merged)), left_out_(merged_), archive_(archive) {}

  void layer(const std::string& path) {
    for (const auto& name : names_in(Layers::upper + path)) {
      const std::string inner = path + "/" + name;
      const std::string file = Layers::upper + inner;
      struct stat status {};
      if (lstat(file.c_str(), &status) != 0) {
        continue;  // gone again: the session may be running
      }
      const bool may_be_directory = S_ISDIR(status.st_mode) || is_whiteout(status);
      if (is_left_out(inner, may_be_directory ? LeftOut::What::directory : LeftOut::What::other)) {
        continue;
      }
      if (is_whiteout(status)) {
        archive_.add_empty("gone" + inner);
      } else if (S_ISDIR(status.st_mode) && is_too_deep(inner)) {
        archive_.add_empty("big" + inner);
      } else if (S_ISDIR(status.st_mode) && !hides_below(file)) {
        archive_.add_directory("tree" + inner, status.st_mode & 07777);
        layer(inner);
      } else if (S_ISDIR(status.st_mode)) {
        directory(inner, status.st_mode & 07777, Below::fresh);
      } else {
        entry(inner);
      }
    }
  }

 private:
  enum class Below { merged, fresh };

  // As programs see it, with all that is in it.
  void entry(const std::string& path) {
    const std::string file = merged_ + path;
    struct stat status {};
    if (lstat(file.c_str(), &status) != 0) {
      if (errno == ENOENT) {
        return;  // gone again
      }
      fail("cannot look at " + file);
    }
    if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > most_change_bytes - bytes_) {
      archive_.add_empty("big" + path);
    } else if (S_ISREG(status.st_mode)) {
      if (const auto content = is_marked_closed(file) ? nullptr : open_content(file, Layers::upper + path)) {
        bytes_ += static_cast<std::uint64_t>(status.st_size);
        archive_.add_file("tree" + path, status.st_mode & 07777, content->get(), static_cast<std::uint64_t>(status.st_size));
      } else {
        archive_.add_empty("closed" + path);
      }
    } else if (S_ISDIR(status.st_mode) && is_too_deep(path)) {
      archive_.add_empty("big" + path);
    } else if (S_ISDIR(status.st_mode)) {
      directory(path, status.st_mode & 07777, Below::merged);
    } else if (S_ISLNK(status.st_mode)) {
      std::array<char, 4097> target{};
      const ssize_t length = readlink(file.c_str(), target.data(), target.size() - 1);
      if (length < 0) {
        fail("cannot read the link " + file);
      }
      archive_.add_link("tree" + path, std::string(target.data(), static_cast<std::size_t>(length)));
    } else {
      archive_.add_empty("odd" + path);
    }
  }

  void directory(const std::string& path, mode_t mode, Below below) {
    const auto names = is_marked_closed(merged_ + path) ? std::nullopt : names_if_open(merged_ + path);
    if (!names) {
      archive_.add_empty("closed" + path);
      return;
    }
    if (below == Below::fresh) {
      archive_.add_empty("fresh" + path);
    }
    archive_.add_directory("tree" + path, mode);
    for (const auto& name : *names) {
      const std::string inner = path + "/" + name;
      struct stat status {};
      const bool is_directory = lstat((merged_ + inner).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      if (!is_left_out(inner, is_directory ? LeftOut::What::directory : LeftOut::What::other)) {
        entry(inner);
      }
    }
  }

  // Something in it may have no path that a system call takes, or the host.
  [[nodiscard]] bool is_too_deep(const std::string& directory) const {
    const std::size_t longest = std::max(merged_.size(), std::string_view(Layers::upper).size()) + directory.size() + 1 + NAME_MAX;
    return longest >= PATH_MAX || std::count(directory.begin(), directory.end(), '/') >= most_change_depth;
  }

  // Counted on the layer, which is the guest's own disk.
  bool is_left_out(const std::string& path, LeftOut::What what) {
    if (!left_out_.covers(path.substr(1), what)) {
      return false;
    }
    if (const std::size_t files = count_files(Layers::upper + path); files > 0) {
      archive_.add_text("left" + path, std::to_string(files));
    }
    return true;
  }

  std::string merged_;
  LeftOut left_out_;
  PaxWriter& archive_;
  std::uint64_t bytes_ = 0;
};

std::string workspace_path() {
  std::ifstream about(Layers::path, std::ios::binary);
  const std::string path{std::istreambuf_iterator<char>(about), {}};
  struct statfs mounted {};
  if (path.empty() || statfs(path.c_str(), &mounted) != 0 || mounted.f_type != overlay_magic) {
    throw std::runtime_error("no workspace with a layer is mounted here");
  }
  return path;
}

// Who is killed from here on has all of it on the disk.
void sync_layers() {
  const Descriptor layers(Layers::home, O_RDONLY | O_DIRECTORY);
  if (syncfs(layers.get()) != 0) {
    fail("cannot write the changes to the disk");
  }
}

}  // namespace

void write_changes() {
  const std::string path = workspace_path();
  sync_layers();
  PaxWriter archive(STDOUT_FILENO);
  Changes(path, archive).layer({});
  archive.add_empty("end");
  archive.finish();
}

}  // namespace agentbox::guest
