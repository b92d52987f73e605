// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/disks.hpp"

#include "guest/file_descriptor.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace agentbox::guest {

std::string disk_with_serial(const std::string& serial) {
  std::error_code missing;
  for (const auto& device : std::filesystem::directory_iterator("/sys/block", missing)) {
    std::string found;
    if (std::getline(std::ifstream(device.path() / "serial"), found) && found == serial) {
      return "/dev/" + device.path().filename().string();
    }
  }
  return {};
}

bool mount_project_disk(const std::string& path) {
  const std::string device = disk_with_serial(project_disk_serial);
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
