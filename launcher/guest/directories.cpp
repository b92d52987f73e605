// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/directories.hpp"

#include "guest/copied_directories.hpp"
#include "guest/fail.hpp"
#include "guest/layers.hpp"
#include "guest/make_path.hpp"
#include "guest/merge_tree.hpp"
#include "guest/share.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <set>
#include <string>

namespace agentbox::guest {
namespace {

constexpr const char* directories_place = "/run/agentbox/directories";
constexpr const char* copies_place = "/var/lib/agentbox/directories";
constexpr const char* copies_share = "/run/agentbox/directories-share";  // mounted while something is copied
constexpr const char* layers_place = "/var/lib/agentbox/layers";

struct Place {
  std::string path;
  const User* owner;  ///< of what has to be made on the way
};

// What lies in the user's home is the user's.
Place place_of(const std::string& path, const User& user) {
  return path.starts_with('/') ? Place{path, nullptr} : Place{user.home + "/" + path, &user};
}

void bind_at(const std::string& from, const std::string& path) {
  if (mount(from.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail("cannot mount " + from + " at " + path);
  }
}

void make_read_only(const std::string& path) {
  if (mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) != 0) {
    fail("cannot make " + path + " read-only");
  }
}

void bind(const GuestPlan::Prepare::Directory& directory, const User& user) {
  const std::string from = std::string(directories_place) + "/" + directory.name;
  const auto [path, owner] = place_of(directory.path, user);
  make_path(path, owner);
  if (directory.layered) {
    mount_layer(from, std::string(layers_place) + "/" + directory.name, path);
    return;
  }
  bind_at(from, path);
  if (directory.read_only) {  // a courtesy, as with the workspace
    make_read_only(path);
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

class MountedShare {
 public:
  MountedShare() {
    make_path(copies_share, nullptr);
    mount_share("directories", copies_share, share_flags, "none");
  }
  MountedShare(const MountedShare&) = delete;
  MountedShare& operator=(const MountedShare&) = delete;
  ~MountedShare() { umount(copies_share); }
};

// What a session with copies was bringing back when it was cut off. Of the user's own directories there is nothing to finish.
void finish_earlier_sessions(const GuestPlan::Prepare& plan) {
  std::set<std::string> names;
  for (const auto& directory : plan.directories) {
    if (!directory.read_only && !directory.layered && !directory.path.starts_with('/')) {
      names.insert(directory.name);
    }
  }
  for (const auto& one : plan.links) {
    names.insert(one.target.substr(0, one.target.find('/')));
  }
  for (const auto& name : names) {
    finish_replacing(std::string(directories_place) + "/" + name);
  }
}

// The copies stand where the share would be mounted, read-only but for what is to be kept.
void show_copies(const GuestPlan::Prepare::Copies& copies) {
  bind_at(copies_place, directories_place);
  make_read_only(directories_place);
  for (const auto& kept : copies.kept) {
    bind_at(std::string(copies_place) + "/" + kept.name, std::string(directories_place) + "/" + kept.name);
  }
}

}  // namespace

void mount_directories(const GuestPlan::Prepare& plan, const User& user) {
  if (plan.directories.empty() && plan.links.empty()) {
    return;
  }
  make_path(directories_place, nullptr);
  if (plan.copies) {
    {
      const MountedShare share;
      CopiedDirectories(copies_share, copies_place).take(*plan.copies, user);
    }
    show_copies(*plan.copies);
  } else {
    mount_share("directories", directories_place, share_flags);
    finish_earlier_sessions(plan);
  }
  for (const auto& directory : plan.directories) {
    bind(directory, user);
  }
  for (const auto& one : plan.links) {
    link(one, user);
  }
}

void keep_copies() {
  if (access(copies_place, F_OK) != 0) {
    return;
  }
  const MountedShare share;
  CopiedDirectories(copies_share, copies_place).keep();
}

}  // namespace agentbox::guest
