// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/live_manifest.hpp"

#include "core/error.hpp"
#include "store/snapshot_store.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace agentbox::live_manifest_test {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

SnapshotManifest about(const std::string& name) {
  SnapshotManifest manifest;
  manifest.name = name;
  manifest.cpus = 2;
  manifest.memory = ByteSize::gibibytes(2);
  return manifest;
}

/// As a session leaves it.
LiveManifest fill(const fs::path& directory) {
  for (const char* file : {"mem", "state", "disk.qcow2", "greeting"}) {
    write_file_atomically(directory / file, file);
  }
  LiveManifest live;
  live.source = "claude-7k2m9d";
  live.ram = look_at_file(directory / "mem", SavedTime::inode);
  live.state = look_at_file(directory / "state", SavedTime::inode);
  live.disk = look_at_file(directory / "disk.qcow2", SavedTime::content);
  live.state_sha256 = sha256_hex("state");
  live.terminal_modes = "\x1b[?2004h";
  live.forwards = {"80:8080"};
  live.placeholders = {"anthropic sk-x"};
  live.login_port = "second";
  live.login_greeting_sha256 = sha256_hex("greeting");
  live.login_host_key = "ssh-ed25519 AAAA";
  save_live_manifest(directory, live);
  return live;
}

struct Taken {
  TempDir dir{"/tmp"};
  SnapshotStore store{dir.path() / "snapshots"};
  LiveManifest live;
  fs::path place = store.directory_of("one");
  Taken() {
    store.create_filled(about("one"), [&](const fs::path& directory) { live = fill(directory); });
  }
};

}  // namespace

TEST_CASE("a live snapshot is there with all that it was filled with") {
  const Taken taken;
  CHECK(is_live_snapshot(taken.place));
  CHECK(load_live_manifest(taken.place) == taken.live);
  CHECK(live_snapshot_problem(taken.place, taken.live).empty());
  CHECK(taken.store.load("one").top == "disk.qcow2");
  struct stat status {};
  REQUIRE(::stat((taken.place / "live.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);  // it holds what the session's programs show the broker
}

TEST_CASE("one that could not be filled is not there, nor is a name that is taken") {
  Taken taken;
  CHECK_THROWS_AS(taken.store.create_filled(about("two"), [](const fs::path& directory) {
    write_file_atomically(directory / "mem", "half");
    throw Error(ErrorKind::environment, "no space");
  }), Error);
  CHECK(taken.store.list().size() == 1);
  bool filled = false;
  CHECK_THROWS_WITH(taken.store.create_filled(about("one"), [&](const fs::path&) { filled = true; }), Contains("already"));
  CHECK_FALSE(filled);
}

// The memory is mapped, and the state parsed, by a QEMU that trusts them.
TEST_CASE("a live snapshot whose files were changed does not go on") {
  const Taken taken;
  const std::string file = GENERATE("mem", "state", "disk.qcow2");
  SECTION("written to") {
    std::ofstream(taken.place / file, std::ios::app) << "x";
  }
  SECTION("replaced by a copy") {
    fs::copy_file(taken.place / file, taken.place / "other");
    fs::rename(taken.place / "other", taken.place / file);
  }
  SECTION("gone") { fs::remove(taken.place / file); }
  CHECK_FALSE(live_snapshot_problem(taken.place, taken.live).empty());
}

TEST_CASE("what waits in a live snapshot is what was heard then, or nothing") {
  const Taken taken;
  fs::permissions(taken.place / "greeting", fs::perms(0600));
  std::ofstream(taken.place / "greeting", std::ios::app) << "x";
  CHECK_THAT(live_snapshot_problem(taken.place, taken.live), Contains("SSH server"));
  LiveManifest nobody_waits = taken.live;
  nobody_waits.login_port.clear();
  CHECK(live_snapshot_problem(taken.place, nobody_waits).empty());
}

TEST_CASE("a snapshot that a session stands on is not removed") {
  Taken taken;
  {
    const FileLock lease = taken.store.lease("one");
    const FileLock another = taken.store.lease("one");
    CHECK_THROWS_WITH(taken.store.remove("one"), Contains("stand on"));
  }
  taken.store.remove("one");
  CHECK(taken.store.list().empty());
}

}  // namespace agentbox::live_manifest_test
