// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/project_image.hpp"

#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/change_store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

namespace agentbox::project_image_test {

namespace fs = std::filesystem;

namespace {

/// A project and the store of what was in it.
class Place {
 public:
  Place() { fs::create_directories(project()); }
  [[nodiscard]] fs::path project() const { return directory_.path() / "project"; }
  [[nodiscard]] BlobStore blobs() const { return BlobStore(directory_.path() / "blobs"); }
  [[nodiscard]] ChangeStore store() const { return ChangeStore(directory_.path() / "changes"); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((project() / path).parent_path());
    std::ofstream(project() / path) << text;
  }
  [[nodiscard]] ProjectImage image(const std::set<std::string>& also = {}, const ImageLimits& limits = {}) const {
    return image_of(Beneath(project()), project().string(), Guard(default_guard_rules()), blobs(), limits, also);
  }
  [[nodiscard]] ProjectImage image_after(const ProjectImage& before) const {
    std::set<std::string> names;
    for (const auto& [path, state] : before.files) {
      names.insert(path);
    }
    return image(names, {.text_files = 0});
  }

 private:
  TempDir directory_{fs::temp_directory_path(), "image"};
};

std::vector<std::string> told(const std::vector<Leftover>& leftovers) {
  std::vector<std::string> lines;
  for (const auto& [path, what, by] : leftovers) {
    lines.push_back(path + ": " + what);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("what a session left that runs by itself is told, by content") {
  const Place place;
  place.write("Makefile", "all:\n");
  place.write(".envrc", "x");
  place.write("src.c", "x");
  place.write("package.json", R"({"version": "1", "scripts": {}})");
  place.write(".git/config", "[core]\n");
  fs::create_symlink("/etc", place.project() / "old-link");
  ::mkfifo((place.project() / "old-fifo").c_str(), 0600);
  const ProjectImage before = place.image();
  CHECK(leftovers_between(before, place.image_after(before), place.blobs()).empty());

  place.write("Makefile", "all:\n");  // the same again
  place.write("src.c", "something else");
  place.write("package.json", R"({"version": "2", "scripts": {}})");
  CHECK(leftovers_between(before, place.image_after(before), place.blobs()).empty());

  fs::remove(place.project() / ".envrc");
  place.write("Makefile", "all: evil\n");
  place.write("sub/.git/hooks/pre-commit", "evil");
  place.write("sub/.git/config", "evil");
  place.write("tool", "x");
  ::chmod((place.project() / "tool").c_str(), 04755);
  fs::create_hard_link(place.project() / "src.c", place.project() / "src2.c");
  fs::create_symlink("../../outside", place.project() / "link");
  fs::create_symlink("src.c", place.project() / "inner-link");
  ::mkfifo((place.project() / "fifo").c_str(), 0600);
  CHECK(told(leftovers_between(before, place.image_after(before), place.blobs())) ==
        std::vector<std::string>{".envrc: removed", "Makefile: changed", "fifo: a fifo, socket or device", "link: a link that leaves the project",
                                 "src.c: a hard link", "src2.c: a hard link", "sub/.git/config: new", "sub/.git/hooks/pre-commit: new",
                                 "tool: a set-uid program"});
}

TEST_CASE("what was there can be put back, and never over what the host changed since") {
  const Place place;
  place.write("Makefile", "all:\n");
  place.write("notes.txt", "mine\n");
  place.write("binary", std::string("a\0b", 3));
  place.write(".env", "SECRET\n");
  const ProjectImage before = place.image();
  CHECK(before.files.contains("notes.txt"));
  CHECK_FALSE(before.files.contains("binary"));
  CHECK_FALSE(before.files.contains(".env"));
  place.write("notes.txt", std::string(300'000, 'x'));  // grown beyond what is kept of texts
  fs::remove(place.project() / "Makefile");
  place.write("conftest.py", "evil");
  place.write("new.txt", "work");

  ChangeSet about{.id = "run-1", .agent = "run", .project = place.project().string(), .created = {}, .odd = {}, .changes = {}};
  ChangeSet back;
  CHECK(parse_image(image_text(before, about), back) == before);
  CHECK(back.project == about.project);
  about.changes = changes_between(before, place.image_after(before), place.blobs());
  about.origin = ChangeSet::Origin::live;
  CHECK(about.changes.size() == 3);
  const ChangeSet set = place.store().create(about, [&](ChangeSet& all, const BlobStore& into, const fs::path&) {
    for (const auto& change : all.changes) {
      for (const auto* state : {&change.before, &change.after}) {
        if (place.blobs().has(state->digest) && state->kind == NodeState::Kind::file) {
          const UniqueFd content = place.blobs().open(state->digest);
          static_cast<void>(into.put_file(content.get(), change.path));
        }
      }
    }
  });
  CHECK(place.store().find("run-1", "") == set);
  SECTION("all of it") {
    CHECK(apply_changes(place.store(), set, ApplyDirection::undo, {}).conflicts.empty());
    CHECK(read_file(place.project() / "notes.txt") == "mine\n");
    CHECK(read_file(place.project() / "Makefile") == "all:\n");
    CHECK_FALSE(fs::exists(place.project() / "conftest.py"));
    CHECK(fs::exists(place.project() / "new.txt"));
  }
  SECTION("not over the host's own") {
    place.write("notes.txt", "host\n");
    CHECK(apply_changes(place.store(), set, ApplyDirection::undo, {}).conflicts.size() == 1);
    CHECK(read_file(place.project() / "notes.txt") == "host\n");
    CHECK_FALSE(fs::exists(place.project() / "Makefile"));
  }
  SECTION("the newest are kept") {
    for (int i = 2; i <= 5; ++i) {
      about.id = "run-" + std::to_string(i);
      static_cast<void>(place.store().create(about, [](ChangeSet&, const BlobStore&, const fs::path&) {}));
    }
    place.store().prune_live(2);
    CHECK(place.store().ids().size() == 2);
  }
}

TEST_CASE("an image has its bounds") {
  const Place place;
  for (int i = 0; i < 20; ++i) {
    place.write("t" + std::to_string(i), std::string(100, 'x'));
  }
  place.write("big", std::string(100'000, 'x'));
  place.write("Makefile", std::string(5000, 'x'));
  const ProjectImage image = place.image({}, {.watched_size = 4096, .text_size = 1000, .text_files = 10, .text_bytes = 500});
  CHECK(image.files.size() == 5 + 1);
  CHECK_FALSE(place.blobs().has(image.files.at("Makefile").digest));
}

// Attack: a Makefile of 4 TiB that is one hole takes no time to make; to read it at the session's end, and to take it back, took hours.
TEST_CASE("giants that are hollow are told and taken back without being read") {
  const Place place;
  place.write("notes.txt", "mine\n");
  place.write("dense/Makefile", "all:\n");
  const ProjectImage before = place.image();
  place.write("Makefile", "x");
  fs::resize_file(place.project() / "Makefile", std::uintmax_t{4} << 40U);
  fs::resize_file(place.project() / "notes.txt", std::uintmax_t{4} << 40U);
  fs::resize_file(place.project() / "dense/Makefile", 100);
  const ProjectImage after = place.image_after(before);
  CHECK(told(leftovers_between(before, after, place.blobs())) == std::vector<std::string>{"Makefile: new", "dense/Makefile: changed"});
  const ChangeSet about{.id = "run-1", .agent = "run", .project = place.project().string(), .created = {}, .odd = {},
                        .changes = changes_between(before, after, place.blobs()), .origin = ChangeSet::Origin::live};
  const ChangeSet set = place.store().create(about, [&](ChangeSet& all, const BlobStore& into, const fs::path&) {
    for (const auto& change : all.changes) {
      if (change.before.kind == NodeState::Kind::file) {
        const UniqueFd content = place.blobs().open(change.before.digest);
        static_cast<void>(into.put_file(content.get(), change.path));
      }
    }
  });
  SECTION("taken back") {
    CHECK(apply_changes(place.store(), set, ApplyDirection::undo, {}).conflicts.empty());
    CHECK_FALSE(fs::exists(place.project() / "Makefile"));
    CHECK(read_file(place.project() / "notes.txt") == "mine\n");
    CHECK(read_file(place.project() / "dense/Makefile") == "all:\n");
  }
  SECTION("not when the host has changed it since") {
    fs::resize_file(place.project() / "Makefile", std::uintmax_t{5} << 40U);
    CHECK(apply_changes(place.store(), set, ApplyDirection::undo, {}).conflicts.size() == 1);
    CHECK(fs::exists(place.project() / "Makefile"));
  }
}

}  // namespace agentbox::project_image_test
