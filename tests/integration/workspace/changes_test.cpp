// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "support/obey_modes.hpp"

namespace agentbox::changes_test {

using test::Archive;
using test::source;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::string& bytes, const ChangeLimits& limits = {}) {
  const TempDir directory(fs::temp_directory_path());
  try {
    read_changes(source(bytes), BlobStore(directory.path()), limits);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::backend);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("what no honest guest writes is refused") {
  CHECK(refusal(Archive().file("tree/a", "x").end()).empty());
  for (const auto* name : {"tree/../x", "tree/a/../x", "tree//x", "tree/./x", "/tree/x", "tree/", "x", "../tree/x", "other/x", "gone/..", "fresh/a/../../b"}) {
    INFO(name);
    CHECK_FALSE(refusal(Archive().file(name, "x").end()).empty());
  }
  CHECK_FALSE(refusal(Archive().file("tree/a").file("tree/a").end()).empty());
  CHECK_FALSE(refusal(Archive().file("tree/a").file("gone/a").end()).empty());
  CHECK_FALSE(refusal(Archive().file("tree/a").directory("tree/a").end()).empty());
  // A link, and then a file through it.
  CHECK_FALSE(refusal(Archive().link("tree/l", "/etc").file("tree/l/passwd", "x").end()).empty());
  CHECK_FALSE(refusal(Archive().file("tree/l/x", "x").link("tree/l", "/etc").end()).empty());
  CHECK_FALSE(refusal(Archive().file("gone/d").file("tree/d/x").end()).empty());
  CHECK_FALSE(refusal(Archive().hard_link("tree/a", "/etc/passwd").end()).empty());
  for (const auto type : {AE_IFCHR, AE_IFBLK, AE_IFIFO}) {
    CHECK_FALSE(refusal(Archive().add("tree/a", type, 0666, {}, {}, {}).end()).empty());
  }
  CHECK_FALSE(refusal(Archive().file("fresh/a").file("tree/b").end()).empty());
  CHECK_FALSE(refusal(Archive().file("fresh/a").end()).empty());
  CHECK_FALSE(refusal(Archive().file("tree/" + std::string(300, 'x')).end()).empty());
  std::string deep = "tree";
  for (int level = 0; level < 200; ++level) {
    deep += "/d";
  }
  CHECK_FALSE(refusal(Archive().file(deep).end()).empty());
  CHECK_FALSE(refusal(Archive().file("tree/a", std::string(2000, 'x')).end(), {.bytes = 1000}).empty());
  CHECK_FALSE(refusal(Archive().file("tree/a", std::string(600, 'x')).file("tree/b", std::string(600, 'x')).end(), {.bytes = 1000}).empty());
  CHECK_FALSE(refusal(Archive().file("tree/a").file("tree/b").file("tree/c").end(), {.entries = 2}).empty());
  CHECK_FALSE(refusal("no archive at all").empty());
  CHECK_FALSE(refusal("").empty());
}

TEST_CASE("an archive that is cut anywhere is refused") {
  const std::string whole = Archive().directory("tree/d").file("tree/d/a", std::string(700, 'x')).link("tree/l", "d/a").file("gone/b").end();
  const auto last = whole.find("end");
  for (std::size_t length = 0; length < last; length += 37) {
    CHECK_FALSE(refusal(whole.substr(0, length)).empty());
  }
}

TEST_CASE("a sparse file that claims to be huge is refused for its size, not written") {
  // GNU's old sparse format in a header: a few bytes that say they are 1 TiB. ustar's size field is octal.
  std::string whole = Archive().file("tree/a", "x").end();
  const auto size = whole.find("00000000001");
  REQUIRE(size != std::string::npos);
  whole.replace(size, 11, "77777777777");
  CHECK_FALSE(refusal(whole, {.bytes = 1 << 20}).empty());
}

TEST_CASE("what is left out is counted, kept with the changes, and what the host has there stays") {
  Place place;
  place.write("web/a", "a");
  place.write("web/node_modules/host", "h");
  place.write("dist/host", "h");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("fresh/web").directory("tree/web").file("left/web/node_modules", "50213").file("left/dist", "1").end());
  CHECK(set.left_out == std::vector<LeftOutChanges>{{"dist", 1}, {"web/node_modules", 50213}});
  CHECK(place.store.find("run-x", "").left_out == set.left_out);
  CHECK(describe(set.left_out) == "web/node_modules (50213 files), dist (1 file)");
  CHECK(place.apply(set).conflicts.empty());
  CHECK_FALSE(fs::exists(place.project / "web/a"));
  CHECK(place.read("web/node_modules/host") == "h");
  CHECK(place.read("dist/host") == "h");

  for (const char* number : {"", "x", "-1", "1x", "99999999999999999999", "0x10"}) {
    CAPTURE(number);
    CHECK_FALSE(refusal(Archive().file("left/a", number).end()).empty());
  }
  CHECK_FALSE(refusal(Archive().file("left/a", "1").file("tree/a/b").end()).empty());
  CHECK_FALSE(refusal(Archive().file("left/a", "1").file("tree/a").end()).empty());
}

TEST_CASE("changes are applied, and undone") {
  Place place;
  place.write("a", "a\n");
  place.write("gone", "g");
  place.write("d/e/f", "f");
  place.write("r/old", "old");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/a", "A\n", 0755).file("gone/gone").file("gone/d").file("fresh/r").directory("tree/r")
                                          .file("tree/r/new", "new").link("tree/l", "a").directory("tree/empty").end());
  const ApplyResult result = place.apply(set);
  CHECK(result.conflicts.empty());
  CHECK(place.read("a") == "A\n");
  CHECK((fs::status(place.project / "a").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK_FALSE(fs::exists(place.project / "gone"));
  CHECK_FALSE(fs::exists(place.project / "d"));
  CHECK_FALSE(fs::exists(place.project / "r/old"));
  CHECK(place.read("r/new") == "new");
  CHECK(fs::read_symlink(place.project / "l") == "a");
  CHECK(fs::is_directory(place.project / "empty"));
  CHECK(std::distance(fs::directory_iterator(place.project), {}) == 4);  // nothing of ours is left

  const ApplyResult undone = apply_changes(place.store, place.store.find("run-x", ""), ApplyDirection::undo, {});
  CHECK(undone.conflicts.empty());
  CHECK(place.read("a") == "a\n");
  CHECK(place.read("gone") == "g");
  CHECK(place.read("d/e/f") == "f");
  CHECK(place.read("r/old") == "old");
  CHECK_FALSE(fs::exists(place.project / "r/new"));
  CHECK_FALSE(fs::is_symlink(place.project / "l"));
}

TEST_CASE("what the host has changed since is a conflict, and then nothing is applied") {
  Place place;
  place.write("a", "a");
  place.write("b", "b");
  place.settle();
  SECTION("while the session ran") {
    place.write("a", "host");
    const ChangeSet set = place.propose(Archive().file("tree/a", "guest").file("tree/b", "guest").end());
    CHECK(place.apply(set).conflicts.size() == 1);
  }
  SECTION("to the same size, within the same second") {
    place.write("a", "h");
    const ChangeSet set = place.propose(Archive().file("tree/a", "guest").end());
    CHECK(place.apply(set).conflicts.size() == 1);
  }
  SECTION("after the session") {
    const ChangeSet set = place.propose(Archive().file("tree/a", "guest").file("tree/b", "guest").end());
    place.write("a", "host");
    CHECK(place.apply(set).conflicts.size() == 1);
  }
  SECTION("by making what the guest made, too") {
    const ChangeSet set = place.propose(Archive().file("tree/new", "guest").file("tree/b", "guest").end());
    place.write("new", "host");
    CHECK(place.apply(set).conflicts.size() == 1);
    CHECK(place.read("new") == "host");
  }
  SECTION("by removing it") {
    const ChangeSet set = place.propose(Archive().file("tree/a", "guest").file("tree/b", "guest").end());
    fs::remove(place.project / "a");
    CHECK(place.apply(set).conflicts.size() == 1);
  }
  CHECK(place.read("b") == "b");
  CHECK_FALSE(place.read("b") == "guest");
}

// A prompt or an editor that runs `git status` writes the index; the whole of a session's changes was a conflict for that.
TEST_CASE("git's index, which the host has written, stays as it is and stops nothing") {
  Place place;
  place.write(".git/index", "begin");
  place.write(".git/HEAD", "head");
  place.write("a", "a");
  place.settle();
  const std::string archive = Archive().file("tree/.git/index", "guest").file("tree/a", "guest").end();
  SECTION("while the session ran") {
    place.write(".git/index", "host");
    const ApplyResult result = place.apply(place.propose(archive));
    CHECK(result.conflicts.empty());
    CHECK(result.own == std::vector<std::string>{".git/index"});
    CHECK(result.done == std::vector<std::string>{"a"});
  }
  SECTION("before and after it was applied") {
    const ChangeSet set = place.propose(archive);
    place.write(".git/index", "host");
    CHECK(place.apply(set).own.size() == 1);
    CHECK(place.undo(place.store.find("run-x", "", ChangeStore::Newest::applied)).conflicts.empty());
    CHECK(place.read("a") == "a");
    place.write(".git/index", "begin");
    CHECK(place.apply(place.store.find("run-x", "")).own.empty());
    CHECK(place.read(".git/index") == "guest");
    place.write(".git/index", "host");
    const ApplyResult undone = place.undo(place.store.find("run-x", "", ChangeStore::Newest::applied));
    CHECK(undone.conflicts.empty());
    CHECK(undone.own == std::vector<std::string>{".git/index"});
    CHECK(place.read("a") == "a");
    CHECK(count_open(place.store.find("run-x", "")) == 2);
    place.write("a", "guest");
  }
  CHECK(place.read(".git/index") == "host");
  CHECK(place.read("a") == "guest");
  const ChangeSet refs = place.propose(Archive().file("tree/.git/HEAD", "guest").end());
  place.write(".git/HEAD", "host");
  CHECK(place.apply(refs).conflicts.size() == 1);
}

TEST_CASE("a directory that became a link since is not walked through") {
  Place place;
  place.write("d/a", "a");
  place.settle();
  const fs::path outside = place.directory.path() / "outside";
  const ChangeSet set = place.propose(Archive().file("tree/d/a", "guest").file("tree/d/new", "guest").end());
  fs::rename(place.project / "d", outside);
  fs::create_directory_symlink(outside, place.project / "d");
  CHECK_FALSE(place.apply(set).conflicts.empty());
  CHECK_THROWS_AS(place.apply(set, {"d/new"}), Error);
  CHECK(read_file(outside / "a") == "a");
  CHECK_FALSE(fs::exists(outside / "new"));
}

TEST_CASE("the user's own files in a directory that the guest removed stay") {
  Place place;
  place.write("d/a", "a");
  place.settle();
  place.write("d/mine", "m");
  const ApplyResult result = place.apply(place.propose(Archive().file("gone/d").end()));
  CHECK(result.left == std::vector<std::string>{"d"});
  CHECK(place.read("d/mine") == "m");
  CHECK_FALSE(fs::exists(place.project / "d/a"));
}

TEST_CASE("damaged contents are not applied, and nothing else is") {
  Place place;
  place.write("a", "a");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/a", "guest").file("tree/b", "other").end());
  const auto& digest = set.changes[1].after.digest;
  std::ofstream(place.store.directory_of("run-x") / "blobs" / digest) << "evil";
  CHECK_THROWS_AS(place.apply(set), Error);
  CHECK(place.read("a") == "a");
  CHECK_FALSE(fs::exists(place.project / "b"));
  CHECK(std::distance(fs::directory_iterator(place.project), {}) == 1);
  CHECK(recover_changes(place.store).empty());
}

TEST_CASE("a failure in the middle is taken back") {
  test::obey_modes();
  Place place;
  place.write("a", "a");
  place.write("z/b", "b");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/a", "guest").file("tree/z/b", "guest").end());
  ::chmod((place.project / "z").c_str(), 0500);
  CHECK_THROWS_AS(place.apply(set), Error);
  ::chmod((place.project / "z").c_str(), 0700);
  CHECK(place.read("a") == "a");
  CHECK(place.read("z/b") == "b");
  CHECK(std::distance(fs::directory_iterator(place.project), {}) == 2);
}

TEST_CASE("the newest is another one for applying than for undoing") {
  Place place;
  place.settle();
  REQUIRE(place.propose(Archive().file("tree/a", "a").end(), "run-a").changes.size() == 1);
  CHECK(place.apply(place.propose(Archive().file("tree/b", "b").end(), "run-b")).conflicts.empty());
  const std::string project = place.project.string();
  CHECK(place.store.find("", project).id == "run-a");
  CHECK(place.store.find("last", project).id == "run-a");
  CHECK(place.store.find("", project, ChangeStore::Newest::applied).id == "run-b");
  CHECK(place.store.find("run-a", project, ChangeStore::Newest::applied).id == "run-a");
}

// A mount is not the project: what waits for review stays, and what was done to the mount is taken back by itself.
TEST_CASE("what a session did to a mount is a set of its own") {
  Place place;
  Place mount;
  place.settle();
  const auto nothing = [](ChangeSet&, const BlobStore&, const fs::path&) {};
  const NodeState link{.kind = NodeState::Kind::link, .mode = 0, .size = 0, .digest = {}, .target = "t"};
  const auto create_for_mount = [&](const std::string& path) {
    return place.store.create({.id = id_of_mount("run-x", 1),
                               .agent = "run",
                               .project = mount.project.string(),
                               .created = {},
                               .odd = {},
                               .changes = {{.path = path, .before = {}, .after = link, .state = Change::State::applied}},
                               .origin = ChangeSet::Origin::live},
                              nothing);
  };
  const ChangeSet review = place.propose(Archive().file("tree/a", "a").end());
  fs::create_symlink("t", mount.project / "a");
  create_for_mount("other");
  const ChangeSet of_mount = create_for_mount("a");
  CHECK(of_mount.id == "run-x+mount1");
  CHECK(place.store.load("run-x") == review);
  CHECK(place.store.known_states("run-x").at("a").kind == NodeState::Kind::absent);
  CHECK(place.store.find("run-x", "") == review);
  CHECK(place.store.find("last", "") == review);
  CHECK(place.store.find("run-x", "", ChangeStore::Newest::applied) == of_mount);
  CHECK(place.store.find("", mount.project.string(), ChangeStore::Newest::applied) == of_mount);

  CHECK(place.apply(review).conflicts.empty());
  CHECK(place.store.find("run-x", "", ChangeStore::Newest::applied).id == "run-x");
  CHECK(place.propose(Archive().file("tree/a", "a").end()).changes.empty());
  CHECK(place.store.load("run-x+mount1") == of_mount);
  CHECK(place.undo(of_mount).conflicts.empty());
  CHECK(fs::is_empty(mount.project));
  CHECK(place.read("a") == "a");
}

}  // namespace agentbox::changes_test
