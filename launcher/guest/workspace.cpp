// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/workspace.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include "guest/fail.hpp"
#include "guest/layers.hpp"
#include "guest/left_out.hpp"
#include "guest/make_path.hpp"

#include <stdexcept>

namespace agentbox::guest {
namespace {

using Workspace = GuestPlan::Prepare::Workspace;

constexpr const char* directories_place = "/run/agentbox/directories";
constexpr const char* layers_place = "/var/lib/agentbox/layers";

constexpr unsigned long common_flags = MS_NOSUID | MS_NODEV;

// cache: "mmap" keeps the pages of files that are open; "loose" keeps all, which is right for what nobody is to change here and saves a
// round trip for each look at a file.
void mount_share(const char* tag, const std::string& path, unsigned long flags, const std::string& cache = "mmap") {
  if (mount(tag, path.c_str(), "9p", flags, ("trans=virtio,version=9p2000.L,msize=524288,cache=" + cache).c_str()) != 0) {
    fail(std::string("cannot mount the share \"") + tag + "\" at " + path);
  }
}

struct Place {
  std::string path;
  const User* owner;  ///< of what has to be made on the way
};

// What lies in the user's home is the user's.
Place place_of(const std::string& path, const User& user) {
  return path.starts_with('/') ? Place{path, nullptr} : Place{user.home + "/" + path, &user};
}

void bind(const GuestPlan::Prepare::Directory& directory, const User& user) {
  const std::string from = std::string(directories_place) + "/" + directory.name;
  const auto [path, owner] = place_of(directory.path, user);
  make_path(path, owner);
  if (directory.layered) {
    mount_layer(from, std::string(layers_place) + "/" + directory.name, path);
    return;
  }
  if (mount(from.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail("cannot mount " + directory.name + " at " + path);
  }
  // A courtesy, as with the workspace.
  if (directory.read_only &&
      mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) != 0) {
    fail("cannot make " + path + " read-only");
  }
}

void link(const GuestPlan::Prepare::Link& link, const User& user) {
  const auto [path, owner] = place_of(link.path, user);
  make_path(path.substr(0, path.rfind('/')), owner);
  unlink(path.c_str());
  if (symlink((std::string(directories_place) + "/" + link.target).c_str(), path.c_str()) != 0 ||
      lchown(path.c_str(), user.uid, user.gid) != 0) {
    fail("cannot make the link " + path);
  }
}

}  // namespace

void mount_workspace(const Workspace& workspace, const User& user) {
  make_path(workspace.path, nullptr);
  switch (workspace.mode) {
    case Workspace::Mode::live:
      mount_share("workspace", workspace.path, common_flags);
      return;
    case Workspace::Mode::readonly:
      // A courtesy to programs that ask; the host's export is what enforces it.
      mount_share("workspace", workspace.path, common_flags | MS_RDONLY);
      return;
    case Workspace::Mode::overlay:
      make_path(Layers::share, nullptr);
      mount_share("workspace", Layers::share, common_flags | MS_RDONLY, "loose");
      mount_layers(Layers::share, workspace.path);
      LeftOut::note(workspace, user);
      return;
    case Workspace::Mode::copy:
      make_path(Layers::share, nullptr);
      mount_share("workspace", Layers::share, common_flags | MS_RDONLY, "none");
      copy_share(workspace, user);
      umount(Layers::share);
      mount_layers(Layers::base, workspace.path);
      LeftOut::note(workspace, user);
      return;
  }
  throw std::runtime_error("unknown workspace mode");
}

void mount_directories(const GuestPlan::Prepare& plan, const User& user) {
  if (plan.directories.empty() && plan.links.empty()) {
    return;
  }
  make_path(directories_place, nullptr);
  mount_share("directories", directories_place, common_flags);
  for (const auto& directory : plan.directories) {
    bind(directory, user);
  }
  for (const auto& one : plan.links) {
    link(one, user);
  }
}

}  // namespace agentbox::guest
