// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/prepare.hpp"

#include "guest/change_uid.hpp"
#include "guest/directories.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/hot.hpp"
#include "guest/identity.hpp"
#include "guest/make_path.hpp"
#include "guest/workspace.hpp"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace agentbox::guest {
namespace {

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  if (digit >= 'a' && digit <= 'f') {
    return digit - 'a' + 10;
  }
  throw std::runtime_error("entropy is not hexadecimal");
}

void write_seed(const GuestPlan::Prepare::File& file, const User& user) {
  const std::string path = user.home + "/" + file.path;
  make_path(path.substr(0, path.rfind('/')), &user);
  write_file(path, file.content, 0600);
  if (chown(path.c_str(), user.uid, user.gid) != 0) {
    fail("cannot hand over " + path);
  }
}

}  // namespace

// vmgenid makes the kernel reseed too, a moment after the start; this does not depend on it (random(4)).
void reseed(const std::string& entropy) {
  // rand_pool_info ends in an array of __u32 that it gives no room for.
  std::vector<__u32> storage((sizeof(rand_pool_info) + entropy.size() / 2) / sizeof(__u32) + 1);
  auto* pool = reinterpret_cast<rand_pool_info*>(storage.data());
  auto* bytes = reinterpret_cast<unsigned char*>(pool + 1);
  for (std::size_t i = 0; i < entropy.size() / 2; ++i) {
    bytes[i] = static_cast<unsigned char>(hex_digit(entropy[2 * i]) * 16 + hex_digit(entropy[2 * i + 1]));
  }
  pool->buf_size = static_cast<int>(entropy.size() / 2);
  pool->entropy_count = pool->buf_size * 8;
  const Descriptor random("/dev/urandom", O_WRONLY);
  if (ioctl(random.get(), RNDADDENTROPY, pool) != 0 || ioctl(random.get(), RNDRESEEDCRNG) != 0) {
    fail("cannot reseed the random number generator");
  }
}

void set_clock(std::int64_t nanoseconds) {
  constexpr std::int64_t second = 1'000'000'000;
  const timespec time{.tv_sec = nanoseconds / second, .tv_nsec = nanoseconds % second};
  if (clock_settime(CLOCK_REALTIME, &time) != 0) {
    fail("cannot set the clock");
  }
}

Prepared prepare(const GuestPlan::Prepare& plan, User& user) {
  if (plan.uid) {
    change_uid(user, *plan.uid);
  }
  set_clock(plan.clock_ns);
  take_identity(plan);
  if (plan.workspace) {
    mount_workspace(*plan.workspace, user);
  }
  mount_directories(plan, user);
  const HotMounted hot = plan.hot ? mount_hot(*plan.hot, plan.workspace.value().path, user) : HotMounted::as_planned;
  for (const auto& file : plan.files) {
    write_seed(file, user);
  }
  return hot == HotMounted::as_planned ? Prepared::wholly : Prepared::without_kept_disk;
}

// While it boots a kernel that has stumbled is a machine that will not come up, and is better tried again; later it may hold work.
void end_boot() {
  const std::string knob = "/proc/sys/kernel/panic_on_oops";
  write_file(knob, "0", 0644);
}

void grow_root_filesystem() {
  // EXT4_IOC_RESIZE_FS (linux/Documentation/filesystems/ext4): the new size in file system blocks, done online.
  constexpr unsigned long resize_request = _IOW('f', 16, std::uint64_t);
  struct stat root {};
  struct statfs filesystem {};
  if (stat("/", &root) != 0 || statfs("/", &filesystem) != 0) {
    fail("cannot look at the root file system");
  }
  // Not by a device node: there is no udev here to name one after its number.
  const std::string size_path = "/sys/dev/block/" + std::to_string(major(root.st_dev)) + ":" +
                                std::to_string(minor(root.st_dev)) + "/size";
  std::uint64_t sectors = 0;
  if (!(std::ifstream(size_path) >> sectors)) {
    throw std::runtime_error("cannot read " + size_path);
  }
  std::uint64_t blocks = sectors * 512 / static_cast<std::uint64_t>(filesystem.f_bsize);
  const Descriptor directory("/", O_RDONLY | O_DIRECTORY);
  if (ioctl(directory.get(), resize_request, &blocks) != 0) {
    fail("cannot grow the root file system");
  }
}

}  // namespace agentbox::guest
