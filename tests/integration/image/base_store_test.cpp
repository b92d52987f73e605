// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/base_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

namespace agentbox::base_store_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

using Paths = std::vector<fs::path>;

namespace {

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

struct Store {
  TempDir directory{fs::temp_directory_path(), "bases"};
  fs::path bases = directory.path() / "data/bases";
  BaseStore store{bases};
};

/// Fills an aside directory as a builder does; every file holds the build's word.
BaseBuild fill(const fs::path& aside, const std::string& name, const std::string& word) {
  for (const char* file : {"disk.raw", "vmlinuz", "initrd", "id_ed25519"}) {
    write(aside / file, word);
  }
  fs::permissions(aside / "id_ed25519", fs::perms::owner_read | fs::perms::owner_write);
  return {.name = name,
          .build = word,
          .digest = "digest-" + word,
          .created = "2026-01-02T03:04:05Z",
          .directory = aside,
          .disk = {{aside / "disk.raw", DiskLayer::Format::raw}},
          .root_device = "/dev/vda1",
          .user = "agent",
          .size = ByteSize::gibibytes(3),
          .agents = {"claude", "codex"},
          .host_key = "ssh-ed25519 AAAA",
          .helper_digest = "helper"};
}

BaseBuild publish(const BaseStore& store, const std::string& name, const std::string& word) {
  TempDir aside = store.begin(name);
  BaseBuild build = fill(aside.path(), name, word);
  return store.publish(std::move(aside), std::move(build));
}

std::string current_word(const BaseStore& store, const std::string& name) {
  const auto build = store.current(name);
  return build ? build->build : "none";
}

std::vector<std::string> words(const BaseStore& store) {
  std::vector<std::string> list;
  for (const auto& build : store.list()) {
    list.push_back(build.name + "=" + build.build);
  }
  return list;
}

std::string load_problem(const BaseStore& store, const fs::path& directory) {
  try {
    static_cast<void>(store.load(directory));
    return "whole";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a published build is current, and reads back as it was") {
  const Store s;
  CHECK_FALSE(s.store.current("dev"));
  const BaseBuild published = publish(s.store, "dev", "b1");
  const auto found = s.store.current("dev");
  REQUIRE(found);
  for (const BaseBuild& build : {published, *found, s.store.load(s.bases / "dev/b1")}) {
    CHECK(build.name == "dev");
    CHECK(build.build == "b1");
    CHECK(build.digest == "digest-b1");
    CHECK(build.created == "2026-01-02T03:04:05Z");
    CHECK(build.directory == s.bases / "dev/b1");
    REQUIRE(build.disk.size() == 1);
    CHECK(build.disk[0].path == s.bases / "dev/b1/disk.raw");
    CHECK(build.disk[0].format == DiskLayer::Format::raw);
    CHECK(build.root_device == "/dev/vda1");
    CHECK(build.user == "agent");
    CHECK(build.size == ByteSize::gibibytes(3));
    CHECK(build.agents == std::vector<std::string>{"claude", "codex"});
    CHECK(build.host_key == "ssh-ed25519 AAAA");
    CHECK(build.helper_digest == "helper");
    CHECK(read_file(build.kernel()) == "b1");
    CHECK(build.private_key() == "b1");
  }
}

TEST_CASE("a layer keeps the path of its parent's disk") {
  const Store s;
  const BaseBuild parent = publish(s.store, "dev", "p1");
  TempDir aside = s.store.begin("dev+claude");
  BaseBuild layer = fill(aside.path(), "dev+claude", "c1");
  fs::rename(aside.path() / "disk.raw", aside.path() / "disk.qcow2");
  layer.disk = {{aside.path() / "disk.qcow2", DiskLayer::Format::qcow2}, parent.disk[0]};
  s.store.publish(std::move(aside), layer);
  const auto found = s.store.current("dev+claude");
  REQUIRE(found);
  REQUIRE(found->disk.size() == 2);
  CHECK(found->disk[0].path == s.bases / "dev+claude/c1/disk.qcow2");
  CHECK(found->disk[0].format == DiskLayer::Format::qcow2);
  CHECK(found->disk[1].path == s.bases / "dev/p1/disk.raw");
}

TEST_CASE("a build that is given up leaves nothing") {
  const Store s;
  {
    const TempDir aside = s.store.begin("dev");
    fill(aside.path(), "dev", "b1");
  }
  CHECK_FALSE(s.store.current("dev"));
  CHECK(words(s.store).empty());
  CHECK(fs::is_empty(s.bases / ".building/dev"));
}

TEST_CASE("what a killed build left is no base, and the next build of that name clears it away") {
  const Store s;
  const fs::path left = [&] {
    TempDir aside = s.store.begin("dev");
    fill(aside.path(), "dev", "b1");
    write(aside.path() / "manifest.json", "{}");
    const fs::path path = aside.path();
    aside.keep();  // as SIGKILL does
    return path;
  }();
  REQUIRE(fs::exists(left / "disk.raw"));
  CHECK_FALSE(s.store.current("dev"));
  CHECK(words(s.store).empty());
  const TempDir other = s.store.begin("tools");
  CHECK(fs::exists(left));  // another name's builder may be at work in there
  const TempDir next = s.store.begin("dev");
  CHECK_FALSE(fs::exists(left));
}

TEST_CASE("a rebuild replaces the current build and leaves the old one to those who use it") {
  const Store s;
  const fs::path old = publish(s.store, "dev", "b1").directory;
  publish(s.store, "dev", "b2");
  CHECK(current_word(s.store, "dev") == "b2");
  CHECK(s.store.load(old).build == "b1");
  CHECK(s.store.remove_unused({old}).empty());
  CHECK(s.store.load(old).build == "b1");
  CHECK(s.store.remove_unused({}) == Paths{old});
  CHECK_FALSE(fs::exists(old));
  CHECK(current_word(s.store, "dev") == "b2");
  CHECK(s.store.remove_unused({}).empty());
}

TEST_CASE("a forgotten base is gone from the list, its build stays until nobody needs it") {
  const Store s;
  const fs::path build = publish(s.store, "dev", "b1").directory;
  publish(s.store, "tools", "t1");
  CHECK(words(s.store) == std::vector<std::string>{"dev=b1", "tools=t1"});
  s.store.forget("dev");
  s.store.forget("dev");
  s.store.forget("never-there");
  CHECK(words(s.store) == std::vector<std::string>{"tools=t1"});
  CHECK(s.store.load(build).build == "b1");
  CHECK(s.store.remove_unused({}) == Paths{build});
}

TEST_CASE("nothing of a base that is being built is removed") {
  const Store s;
  const fs::path old = publish(s.store, "dev", "b1").directory;
  publish(s.store, "dev", "b2");
  {
    const auto lock = s.store.try_lock("dev");
    REQUIRE(lock);
    const TempDir aside = s.store.begin("dev");
    CHECK(s.store.remove_unused({}).empty());
    CHECK(fs::exists(aside.path()));
    CHECK(fs::exists(old));
  }
  CHECK(s.store.remove_unused({}) == Paths{old});
}

TEST_CASE("one builder at a time per name") {
  const Store s;
  auto first = s.store.try_lock("dev");
  REQUIRE(first);
  CHECK_FALSE(s.store.try_lock("dev"));
  CHECK(s.store.try_lock("tools"));
  first.reset();
  CHECK(s.store.try_lock("dev"));
}

TEST_CASE("a manifest cut anywhere is a damaged base, not a wrong one") {
  const Store s;
  const BaseBuild build = publish(s.store, "dev", "b1");
  publish(s.store, "tools", "t1");
  const std::string whole = read_file(build.directory / "manifest.json");
  REQUIRE(load_problem(s.store, build.directory) == "whole");
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    write(build.directory / "manifest.json", whole.substr(0, length));
    CAPTURE(length);
    CHECK_THAT(load_problem(s.store, build.directory), Contains("damaged"));
    CHECK_FALSE(s.store.current("dev"));
  }
  CHECK(words(s.store) == std::vector<std::string>{"tools=t1"});  // one damaged base does not hide the others
}

TEST_CASE("a build that lacks a file is not whole") {
  const Store s;
  const fs::path directory = publish(s.store, "dev", "b1").directory;
  const std::string file = GENERATE(as<std::string>{}, "disk.raw", "vmlinuz", "initrd", "manifest.json");
  CAPTURE(file);
  fs::remove(directory / file);
  CHECK(load_problem(s.store, directory) != "whole");
  CHECK_FALSE(s.store.current("dev"));
}

TEST_CASE("a login key that others can read is refused") {
  // Whoever reads it can log in to every session of this base on this machine.
  const Store s;
  const BaseBuild build = publish(s.store, "dev", "b1");
  const fs::path key = build.directory / "id_ed25519";
  CHECK(build.private_key() == "b1");
  fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
  CHECK_THROWS_WITH(build.private_key(), Contains("others may read the login key"));
  fs::remove(key);
  CHECK_THROWS_WITH(build.private_key(), Contains("cannot find the login key"));
  fs::create_symlink(build.kernel(), key);
  CHECK_THROWS_AS(build.private_key(), Error);
}

TEST_CASE("whoever reads while others publish sees a whole build, the kill of a publisher included") {
  // The rename into place and the change of `current` are two steps; neither a reader nor a crash between them may find
  // a base without its disk.
  const Store s;
  publish(s.store, "dev", "first");
  for (int round = 0; round < 8; ++round) {
    CAPTURE(round);
    Forked publisher([&](int report) {
      for (int i = 0;; ++i) {
        publish(s.store, "dev", "r" + std::to_string(round) + "-" + std::to_string(i));
        if (i == 2) {
          report_line(report, "busy");
        }
      }
    });
    REQUIRE(publisher.read_line() == "busy");
    for (int i = 0; i < 50; ++i) {
      const auto build = s.store.current("dev");
      REQUIRE(build);
      CHECK(read_file(build->disk[0].path) == build->build);
      CHECK(read_file(build->kernel()) == build->build);
    }
    publisher.kill();
    const auto build = s.store.current("dev");
    REQUIRE(build);
    CHECK(read_file(build->disk[0].path) == build->build);
    s.store.remove_unused({});
    CHECK(current_word(s.store, "dev") == build->build);
  }
}

}  // namespace agentbox::base_store_test
