// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/hot/find_hot.hpp"

namespace agentbox::hot_test {

namespace fs = std::filesystem;
using Host = HotCandidate::Host;
using Candidates = std::vector<HotCandidate>;

namespace {

class HotProject {
 public:
  void file(const std::string& name) const {
    fs::create_directories((directory_.path() / name).parent_path());
    write_file_atomically(directory_.path() / name, "x");
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return directory_.path() / name; }
  [[nodiscard]] FoundHot find(const HotLimits& limits = {}) const {
    return find_hot_directories(Beneath(directory_.path()), limits);
  }

 private:
  TempDir directory_{fs::temp_directory_path(), "hot"};
};

}  // namespace

TEST_CASE("hot directories go with the kind of a project, nearest first") {
  const HotProject project;
  project.file("package.json");
  project.file("packages/a/package.json");
  project.file("packages/b/package.json");
  project.file("packages/b/node_modules/x/package.json");
  project.file("engine/Cargo.toml");
  project.file("engine/crates/one/Cargo.toml");
  project.file("tools/deep/down/pyproject.toml");
  fs::create_directories(project.path("engine/target"));
  const FoundHot found = project.find();
  CHECK(found.directories == Candidates{{"node_modules", Host::nothing},
                                        {"engine/target", Host::empty},
                                        {"packages/a/node_modules", Host::nothing},
                                        {"packages/b/node_modules", Host::content},
                                        {"tools/deep/down/.venv", Host::nothing}});
  CHECK(found.python == FoundHot::Python::yes);
  CHECK(found.seen == FoundHot::Seen::all);
}

TEST_CASE("there is one build directory for all of a CMake project, and nothing is sought in it") {
  const HotProject project;
  project.file("CMakeLists.txt");
  project.file("lib/CMakeLists.txt");
  project.file("build/vendored/package.json");
  project.file(".hidden/package.json");
  CHECK(project.find().directories == Candidates{{"build", Host::content}});
}

TEST_CASE("a project of no kind has none") {
  const HotProject project;
  project.file("README.md");
  project.file("src/main.c");
  CHECK(project.find().directories.empty());
  CHECK(project.find().python == FoundHot::Python::no);
}

// The attack: what looks like a package is a link that leads out of the project, or in a circle.
TEST_CASE("no link is followed, and none becomes a hot directory") {
  const HotProject project;
  project.file("outside/package.json");
  project.file("p/package.json");
  const Beneath inner(project.path("p"));
  fs::create_directory_symlink(project.path("outside"), project.path("p/link"));
  fs::create_directory_symlink(project.path("p"), project.path("p/circle"));
  fs::create_directory_symlink(project.path("outside"), project.path("p/node_modules"));
  CHECK(find_hot_directories(inner).directories.empty());
  CHECK(look_at_hot(inner, "node_modules").host == Host::other);
  CHECK(look_at_hot(inner, "link/new").host == Host::other);
  CHECK(look_at_hot(inner, "package.json").host == Host::other);
  CHECK(look_at_hot(inner, "package.json/x").host == Host::other);
  CHECK(look_at_hot(inner, "missing/x").host == Host::other);
  CHECK(look_at_hot(inner, "missing").host == Host::nothing);
}

TEST_CASE("the search has bounds, and says when it met one") {
  const HotProject project;
  for (int i = 0; i < 20; ++i) {
    project.file("p" + std::to_string(i) + "/package.json");
  }
  project.file("1/2/3/4/package.json");
  CHECK(project.find({.directories = 5}).directories.size() == 5);
  CHECK(project.find({.directories = 5}).seen == FoundHot::Seen::part);
  CHECK(project.find({.entries = 10}).seen == FoundHot::Seen::part);
  CHECK(project.find({.depth = 3}).directories.size() == 20);
  CHECK(project.find({.depth = 4}).directories.size() == 21);
}

}  // namespace agentbox::hot_test
