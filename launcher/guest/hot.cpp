// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/hot.hpp"

#include "guest/devices.hpp"
#include "guest/disks.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/make_path.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <vector>

namespace agentbox::guest {
namespace {

using Hot = GuestPlan::Prepare::Hot;

constexpr const char* own_place = "/var/lib/agentbox/hot";
constexpr const char* kept_place = "/run/agentbox/hot";

// Tables are not written ahead (noinit_itable): the disk holds what is used. A damaged file system ends its use, not
// the guest's.
bool mount_kept_disk() {
  make_path(kept_place, nullptr);
  const std::string device = find_device(block_devices, kept_disk_serial);
  return !device.empty() && mount(device.c_str(), kept_place, "ext4", MS_NOSUID | MS_NODEV | MS_NOATIME,
                                  "noinit_itable,errors=remount-ro") == 0;
}

// On a disk. The directories are the user's, on a shelf that root made. By number: what another number's user made on a
// kept disk could not be changed.
std::vector<std::string> make_directories(const std::string& disk, const Hot& hot, const User& user) {
  const std::string shelf = disk + "/" + hot.shelf + "-" + std::to_string(user.uid);
  make_path(shelf, nullptr);
  std::vector<std::string> directories;
  for (const auto& one : hot.directories) {
    directories.push_back(shelf + "/" + one.name);
    make_path(directories.back(), &user);
  }
  return directories;
}

// Empty when there is no such disk or its file system is damaged.
std::vector<std::string> take_from_kept_disk(const Hot& hot, const User& user) {
  if (!mount_kept_disk()) {
    return {};
  }
  try {
    return make_directories(kept_place, hot, user);
  } catch (const std::system_error&) {
    umount2(kept_place, MNT_DETACH);
    return {};
  }
}

void bind_over(const std::string& from, const std::string& to) {
  struct stat there {};
  if (mkdir(to.c_str(), 0755) != 0 && (lstat(to.c_str(), &there) != 0 || !S_ISDIR(there.st_mode))) {
    return;
  }
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail("cannot mount the guest's own directory at " + to);
  }
}

// Where git looks for the user's own patterns (gitignore(5)). One who has some has brought them along; they stay.
void write_ignore(const std::string& patterns, const User& user) {
  const std::string directory = user.home + "/.config/git";
  make_path(directory, &user);
  const int file = open((directory + "/ignore").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) {
    return;
  }
  write_all(file, patterns.data(), patterns.size(), directory);
  if (fchown(file, user.uid, user.gid) != 0) {
    fail("cannot hand over " + directory);
  }
  close(file);
}

}  // namespace

HotMounted mount_hot(const Hot& hot, const std::string& workspace, const User& user) {
  auto directories = hot.disk == Hot::Disk::kept ? take_from_kept_disk(hot, user) : std::vector<std::string>{};
  const bool kept = !directories.empty();
  if (!kept) {
    directories = make_directories(own_place, hot, user);
  }
  for (std::size_t i = 0; i < directories.size(); ++i) {
    const std::string& path = hot.directories[i].path;
    const std::string place = path.starts_with('/') ? path : workspace + "/" + path;
    if (path.starts_with('/')) {
      make_path(place.substr(0, place.rfind('/')), nullptr);
    }
    bind_over(directories[i], place);
  }
  if (!hot.ignore.empty()) {
    write_ignore(hot.ignore, user);
  }
  return kept || hot.disk == Hot::Disk::own ? HotMounted::as_planned : HotMounted::on_own_disk;
}

void freeze_kept_disk() {
  const Descriptor place(kept_place, O_RDONLY | O_DIRECTORY);
  if (ioctl(place.get(), FIFREEZE, 0) != 0) {
    fail("cannot bring the kept disk to rest");
  }
}

}  // namespace agentbox::guest
