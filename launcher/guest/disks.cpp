// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/disks.hpp"

#include "guest/devices.hpp"
#include "guest/file_descriptor.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/vfs.h>

namespace agentbox::guest {

bool is_on_project_disk(int fd) {
  constexpr long erofs_magic = 0xE0F5E1E2;  // linux/magic.h, EROFS_SUPER_MAGIC_V1
  struct statfs about {};
  return fstatfs(fd, &about) == 0 && about.f_type == erofs_magic;
}

bool mount_project_disk(const std::string& path) {
  const std::string device = find_device(block_devices, project_disk_serial);
  if (device.empty()) {
    return false;
  }
  {
    // What the template's kernel has read of it, when nothing was there, is in this one's memory.
    const Descriptor disk(device, O_RDONLY);
    ioctl(disk.get(), BLKFLSBUF);
  }
  return mount(device.c_str(), path.c_str(), "erofs", MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) == 0;
}

}  // namespace agentbox::guest
