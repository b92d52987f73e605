// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/layers.hpp"

#include "guest/copy_tree.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/make_path.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace agentbox::guest {
namespace {

using Workspace = GuestPlan::Prepare::Workspace;

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// With the attributes of what lies below: they are what the directory itself shows.
void make_upper(const std::string& lower, const std::string& upper, const std::string& work) {
  struct stat status {};
  if (exists(upper)) {
    return;
  }
  make_path(upper, nullptr);
  make_path(work, nullptr);
  if (stat(lower.c_str(), &status) != 0 || chown(upper.c_str(), status.st_uid, status.st_gid) != 0 ||
      chmod(upper.c_str(), status.st_mode & 07777) != 0) {
    fail("cannot make a layer over " + lower);
  }
}

// What the session has written has to be on its disk soon: should everything be killed, the disk is what is left of the work.
void flush_early() {
  for (const auto& [name, centiseconds] : {std::pair("dirty_expire_centisecs", "200"), {"dirty_writeback_centisecs", "100"}}) {
    const std::string path = std::string("/proc/sys/vm/") + name;
    const Descriptor knob(path, O_WRONLY);
    write_all(knob.get(), centiseconds, 3, path);
  }
}

}  // namespace

void copy_share(const Workspace& workspace, const User& user) {
  if (exists(Layers::base)) {
    return;
  }
  // There whole or not at all: the session may be cut off meanwhile.
  const std::string half = std::string(Layers::home) + "/base.half-" + std::to_string(getpid());
  make_path(Layers::home, nullptr);
  if (workspace.ignored == Workspace::Ignored::with || !copy_tracked(Layers::share, half, user)) {
    copy_tree(Layers::share, half, user);
  }
  if (rename(half.c_str(), Layers::base) != 0) {
    fail("cannot keep the copy of the workspace");
  }
}

// redirect_dir: renaming a directory that lies below works like any other renaming; without it, programs get EXDEV.
void mount_layer(const std::string& lower, const std::string& home, const std::string& path) {
  const std::string upper = home + "/upper";
  const std::string work = home + "/work";
  make_upper(lower, upper, work);
  const std::string layers = "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work + ",redirect_dir=on";
  if (mount("overlay", path.c_str(), "overlay", MS_NOSUID | MS_NODEV, layers.c_str()) != 0) {
    fail("cannot mount a layer at " + path);
  }
}

void mount_layers(const std::string& lower, const std::string& path) {
  flush_early();
  mount_layer(lower, Layers::home, path);
  const Descriptor about(Layers::path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  write_all(about.get(), path.data(), path.size(), Layers::path);
}

}  // namespace agentbox::guest
