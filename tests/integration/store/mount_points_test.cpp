// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/mount_points.hpp"

#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::mount_points_test {

namespace fs = std::filesystem;

namespace {

struct MountPoints {
  TempDir directory{fs::temp_directory_path(), "points"};
  fs::path project = directory.path() / "project";
  fs::path sessions = directory.path() / "sessions";

  MountPoints() { fs::create_directories(project / "packages"); }
  [[nodiscard]] fs::path session(const std::string& name) const {
    fs::create_directories(sessions / name);
    return sessions / name;
  }
};

}  // namespace

TEST_CASE("what a session made in the project goes with it, and nothing else does") {
  const MountPoints t;
  const fs::path one = t.session("one");
  fs::create_directory(t.project / "mine");
  note_mount_points(one, t.project, {"node_modules", "packages/node_modules", "full", "mine"});
  for (const char* made : {"node_modules", "packages/node_modules", "full"}) {
    fs::create_directory(t.project / made);
  }
  write_file_atomically(t.project / "full/file", "x");
  remove_mount_points(one, t.project);
  CHECK_FALSE(fs::exists(t.project / "node_modules"));
  CHECK_FALSE(fs::exists(t.project / "packages/node_modules"));
  CHECK(fs::exists(t.project / "full/file"));
  CHECK(fs::exists(t.project / "mine"));
  fs::create_directory(t.project / "node_modules");
  remove_mount_points(one, t.project);
  CHECK(fs::exists(t.project / "node_modules"));
}

TEST_CASE("of two sessions the last one out removes it, whichever made it") {
  const MountPoints t;
  const fs::path one = t.session("one");
  const fs::path two = t.session("two");
  note_mount_points(one, t.project, {"node_modules"});
  fs::create_directory(t.project / "node_modules");
  note_mount_points(two, t.project, {"node_modules"});
  remove_mount_points(one, t.project);
  CHECK(fs::exists(t.project / "node_modules"));
  remove_mount_points(two, t.project);
  CHECK_FALSE(fs::exists(t.project / "node_modules"));
}

// The attack: the guest puts a link in the place of what is to be removed, or of what it lies in.
TEST_CASE("no link is followed when mount points are removed") {
  const MountPoints t;
  const fs::path one = t.session("one");
  fs::create_directories(t.directory.path() / "outside/node_modules");
  note_mount_points(one, t.project, {"node_modules", "packages/node_modules"});
  fs::create_directory_symlink(t.directory.path() / "outside/node_modules", t.project / "node_modules");
  fs::remove(t.project / "packages");
  fs::create_directory_symlink(t.directory.path() / "outside", t.project / "packages");
  remove_mount_points(one, t.project);
  CHECK(fs::exists(t.directory.path() / "outside/node_modules"));
  CHECK(fs::is_symlink(t.project / "node_modules"));
}

TEST_CASE("a list that is none, and a project that is gone, are no trouble") {
  const MountPoints t;
  const fs::path one = t.session("one");
  remove_mount_points(one, t.project);
  write_file_atomically(one / "mount-points", "nonsense");
  remove_mount_points(one, t.project);
  note_mount_points(one, t.project, {"node_modules"});
  fs::rename(t.project, t.directory.path() / "moved");
  remove_mount_points(one, t.project);
  CHECK(fs::exists(t.directory.path() / "moved"));
}

}  // namespace agentbox::mount_points_test
