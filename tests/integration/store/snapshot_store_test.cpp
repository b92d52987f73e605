// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/snapshot_store.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <fstream>
#include <functional>
#include <memory>

namespace agentbox::snapshot_store_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Store {
  TempDir dir{"/tmp"};
  fs::path snapshots = dir.path() / "data/snapshots";
  SnapshotStore store{snapshots};

  /// A session's disk, as create() takes it.
  [[nodiscard]] fs::path disk(const std::string& content = "qcow2") const {
    write_file_atomically(dir.path() / "disk.qcow2", content);
    return dir.path() / "disk.qcow2";
  }
};

SnapshotManifest manifest(const std::string& name) {
  return {.name = name,
          .created = {},
          .agent = "claude",
          .project = "/home/u/project",
          .workspace = "live",
          .base = "dev",
          .base_build = "/data/bases/dev/1",
          .cpus = 2,
          .memory = ByteSize::gibibytes(2),
          .policy = "trusted",
          .guest_user = "u",
          .disk_chain = {"/data/templates/k/disk.qcow2", "/data/bases/dev/1/disk.qcow2"},
          .template_directory = "/data/templates/k"};
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::internal, "nothing was thrown");
}

}  // namespace

TEST_CASE("a snapshot takes the disk and remembers what it needs") {
  Store test;
  CHECK(test.store.list().empty());
  const auto disk = test.disk("the work");
  const SnapshotManifest made = test.store.create(manifest("claude-7k2m9d"), disk);
  CHECK(made.created.size() == 20);
  CHECK_FALSE(fs::exists(disk));
  CHECK(read_file(test.store.disk_of("claude-7k2m9d")) == "the work");
  CHECK(fs::status(test.store.disk_of("claude-7k2m9d")).permissions() == fs::perms::owner_read);
  CHECK(test.store.load("claude-7k2m9d") == made);
  auto expected = manifest("claude-7k2m9d");
  expected.created = made.created;
  CHECK(made == expected);
  const auto listed = test.store.list();
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].manifest == made);
  CHECK(listed[0].problem.empty());
  test.store.remove("claude-7k2m9d");
  CHECK(test.store.list().empty());
  CHECK_FALSE(fs::exists(test.store.directory_of("claude-7k2m9d")));
}

TEST_CASE("a taken name is refused, with the way out, and the disk stays where it is") {
  Store test;
  test.store.create(manifest("mine"), test.disk("first"));
  const auto disk = test.disk("second");
  const Error error = error_of([&] { test.store.create(manifest("mine"), disk); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(std::string(error.what()) == "there is a snapshot \"mine\" already");
  CHECK_THAT(error.hint(), Contains("agentbox snapshot rm mine"));
  CHECK(read_file(disk) == "second");
  CHECK(read_file(test.store.disk_of("mine")) == "first");
}

TEST_CASE("names lead nowhere else") {
  Store test;
  const auto disk = test.disk();
  for (const std::string name : {"", "..", "../x", "a/b", "A", ".hidden", "x y"}) {
    INFO(name);
    CHECK(error_of([&] { test.store.create(manifest(name), disk); }).kind() == ErrorKind::usage);
    CHECK(error_of([&] { (void)test.store.load(name); }).kind() == ErrorKind::usage);
    CHECK(error_of([&] { test.store.remove(name); }).kind() == ErrorKind::usage);
  }
  CHECK(fs::exists(disk));
}

TEST_CASE("an unknown name is answered with the one that was meant") {
  Store test;
  test.store.create(manifest("before-upgrade"), test.disk());
  CHECK(error_of([&] { (void)test.store.load("before-upgarde"); }).hint() == "Did you mean before-upgrade?");
  CHECK_THAT(error_of([&] { (void)test.store.load("zzz"); }).hint(), Contains("snapshot ls"));
}

TEST_CASE("a snapshot that another one rests on is not removed") {
  // A qcow2 file without its backing file is lost; qemu-img would only say so at the next start.
  Store test;
  test.store.create(manifest("lower"), test.disk("lower"));
  auto upper = manifest("upper");
  upper.disk_chain.insert(upper.disk_chain.begin(), test.store.disk_of("lower"));
  test.store.create(upper, test.disk("upper"));
  const Error error = error_of([&] { test.store.remove("lower"); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(std::string(error.what()) == "the snapshot \"lower\" is needed by \"upper\"");
  CHECK(read_file(test.store.disk_of("lower")) == "lower");
  test.store.remove("upper");
  test.store.remove("lower");
  CHECK(test.store.list().empty());
}

// A live snapshot that was given up late, for want of space, leaves its session on two layers of its own.
TEST_CASE("a disk of several layers of its own comes along whole") {
  Store test;
  write_file_atomically(test.dir.path() / "disk.1.qcow2", "below");
  auto two = manifest("two");
  two.disk_chain.insert(two.disk_chain.begin(), test.dir.path() / "disk.1.qcow2");
  const SnapshotManifest made = test.store.create(two, test.disk("top"));
  CHECK(read_file(test.store.disk_of("two")) == "top");
  REQUIRE(made.disk_chain.size() == 3);
  CHECK(made.disk_chain[0].parent_path() == test.store.directory_of("two"));
  CHECK(read_file(made.disk_chain[0]) == "below");
  CHECK(made.disk_chain[1] == manifest("two").disk_chain[0]);
  CHECK_FALSE(fs::exists(test.dir.path() / "disk.1.qcow2"));
  CHECK(test.store.load("two") == made);
}

TEST_CASE("a broken manifest is listed with its problem and can be removed, not loaded") {
  Store test;
  test.store.create(manifest("mine"), test.disk());
  const auto path = test.store.directory_of("mine") / "manifest.json";
  const std::string whole = read_file(path);
  const auto expect_broken = [&] {
    CHECK(error_of([&] { (void)test.store.load("mine"); }).kind() == ErrorKind::environment);
    const auto listed = test.store.list();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].manifest.name == "mine");
    CHECK_FALSE(listed[0].problem.empty());
  };
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    std::ofstream(path, std::ios::trunc) << whole.substr(0, length);
    expect_broken();
  }
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = whole;
    const auto at = changed.find(from);
    REQUIRE(at != std::string::npos);
    return changed.replace(at, from.size(), to);
  };
  for (const auto& content : {with("\"mine\"", "\"other\""), with("\"cpus\": 2", "\"cpus\": 0"),
                              with("/data/templates/k/disk", "templates/k/disk"), with("\"policy\"", "\"polizy\""),
                              with("{", "{\"more\": 1,")}) {
    std::ofstream(path, std::ios::trunc) << content;
    expect_broken();
  }
  test.store.remove("mine");
  CHECK(test.store.list().empty());
}

TEST_CASE("a snapshot without its disk is not loaded") {
  Store test;
  test.store.create(manifest("mine"), test.disk());
  fs::remove(test.store.disk_of("mine"));
  CHECK_THAT(error_of([&] { (void)test.store.load("mine"); }).what(), Contains("has no disk"));
}

TEST_CASE("of many that want one name, one gets it, and no disk is lost") {
  Store test;
  std::vector<std::unique_ptr<Forked>> makers;
  for (int i = 0; i < 6; ++i) {
    makers.push_back(std::make_unique<Forked>([&, i](int) {
      const auto disk = test.dir.path() / ("disk" + std::to_string(i));
      write_file_atomically(disk, std::to_string(i));
      SnapshotStore(test.snapshots).create(manifest("same"), disk);
    }));
  }
  int made = 0;
  for (const auto& maker : makers) {
    made += maker->wait().success() ? 1 : 0;
  }
  CHECK(made == 1);
  const std::string winner = read_file(test.store.disk_of("same"));
  for (int i = 0; i < 6; ++i) {
    CHECK(fs::exists(test.dir.path() / ("disk" + std::to_string(i))) == (winner != std::to_string(i)));
  }
}

}  // namespace agentbox::snapshot_store_test
