// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/changes.hpp"

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

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace agentbox::guest {
namespace {

constexpr long overlay_magic = 0x794c7630;  // linux/magic.h, OVERLAYFS_SUPER_MAGIC

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), &closedir);
  if (!directory) {
    fail("cannot list " + path);
  }
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
  }
  return names;
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
      } else if (S_ISDIR(status.st_mode) && !hides_below(file)) {
        archive_.add_directory("tree" + inner, status.st_mode & 07777);
        layer(inner);
      } else {
        if (S_ISDIR(status.st_mode)) {
          archive_.add_empty("fresh" + inner);
        }
        entry(inner);
      }
    }
  }

 private:
  // As programs see it, with all that is in it.
  void entry(const std::string& path) {
    const std::string file = merged_ + path;
    struct stat status {};
    if (lstat(file.c_str(), &status) != 0) {
      return;
    }
    if (S_ISREG(status.st_mode)) {
      const Descriptor content(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      archive_.add_file("tree" + path, status.st_mode & 07777, content.get(), static_cast<std::uint64_t>(status.st_size));
    } else if (S_ISDIR(status.st_mode)) {
      archive_.add_directory("tree" + path, status.st_mode & 07777);
      for (const auto& name : names_in(file)) {
        const std::string inner = path + "/" + name;
        const bool directory = lstat((merged_ + inner).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
        if (!is_left_out(inner, directory ? LeftOut::What::directory : LeftOut::What::other)) {
          entry(inner);
        }
      }
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

}  // namespace

void write_changes() {
  PaxWriter archive(STDOUT_FILENO);
  Changes(workspace_path(), archive).layer({});
  archive.add_empty("end");
  archive.finish();
}

}  // namespace agentbox::guest
