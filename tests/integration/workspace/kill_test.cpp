// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// kill -9 right before each single system call that touches the disk, while changes are brought out, applied and taken back.
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "support/killed_at.hpp"

namespace agentbox::kill_test {

using test::Archive;
using test::Ending;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

/// Of everything one: replaced, removed, made, links, directories to files and back, renamed, modes.
void fill(Place& place) {
  place.write("a", "a\n");
  place.write("gone", "g");
  place.write("dir/deep/file", "f");
  place.write("was-file", "x");
  place.write("was-dir/in", "y");
  place.write("mode", "m");
  fs::create_directory(place.project / "empty");
  fs::create_symlink("a", place.project / "link");
  place.settle();
}

std::string session_archive() {
  return Archive()
      .file("tree/a", "A\n", 0755)
      .file("gone/gone")
      .file("gone/dir")
      .file("gone/was-file")
      .file("gone/empty")
      .directory("tree/new")
      .file("tree/new/n", "n")
      .link("tree/link", "new/n")
      .file("tree/was-dir", "now a file")
      .add("tree/mode", AE_IFREG, 0600, "m", {}, {})
      .end();
}

bool all_in(const ChangeSet& set, Change::State state) {
  return std::all_of(set.changes.begin(), set.changes.end(), [&](const auto& change) { return change.state == state; });
}

}  // namespace

TEST_CASE("killed anywhere while applying: the project is as before or as after, and the record says which") {
  Place place;
  fill(place);
  const auto before = place.tree();
  static_cast<void>(place.propose(session_archive()));
  std::map<std::string, std::string> after;
  std::size_t times_taken_back = 0;
  std::size_t times_finished = 0;
  bool ended = false;
  for (std::size_t call = 1; !ended; ++call) {
    INFO("before call " << call);
    REQUIRE(call < 2000);
    ended = test::kill_before_call(call, test::changes_disk, [&] {
              if (!place.apply(place.store.find("run-x", "")).conflicts.empty()) {
                throw std::runtime_error("a conflict");
              }
            }) == Ending::by_itself;
    recover_changes(place.store);
    const ChangeSet set = place.store.find("run-x", "");
    if (all_in(set, Change::State::open)) {
      ++times_taken_back;
      CHECK(place.tree() == before);
      continue;
    }
    ++times_finished;
    REQUIRE(all_in(set, Change::State::applied));
    if (after.empty()) {
      after = place.tree();
      CHECK(after.at("a") == "file 493 A\n");
      CHECK(after.size() == 6);
    }
    CHECK(place.tree() == after);
    CHECK(place.undo(set).conflicts.empty());
    CHECK(place.tree() == before);
  }
  CHECK(times_taken_back > 30);
  CHECK(times_finished > 3);
}

TEST_CASE("killed anywhere while undoing") {
  Place place;
  fill(place);
  const auto before = place.tree();
  REQUIRE(place.apply(place.propose(session_archive())).conflicts.empty());
  const auto after = place.tree();
  bool ended = false;
  for (std::size_t call = 1; !ended; ++call) {
    INFO("before call " << call);
    REQUIRE(call < 2000);
    ended = test::kill_before_call(call, test::changes_disk, [&] {
              if (!place.undo(place.store.find("run-x", "", ChangeStore::Newest::applied)).conflicts.empty()) {
                throw std::runtime_error("a conflict");
              }
            }) == Ending::by_itself;
    recover_changes(place.store);
    const ChangeSet set = place.store.find("run-x", "");
    const bool undone = all_in(set, Change::State::open);
    CHECK(place.tree() == (undone ? before : after));
    if (undone) {
      REQUIRE(place.apply(set).conflicts.empty());
    } else {
      REQUIRE(all_in(set, Change::State::applied));
    }
  }
}

TEST_CASE("killed anywhere while changes are brought out: there is no change set, or the whole one, never another's") {
  Place place;
  fill(place);
  REQUIRE(place.propose(Archive().file("tree/other", "o").end(), "run-other").changes.size() == 1);
  const ChangeSet whole = place.propose(session_archive());
  place.store.discard("run-x");
  std::size_t times_nothing = 0;
  bool ended = false;
  for (std::size_t call = 1; !ended; ++call) {
    INFO("before call " << call);
    REQUIRE(call < 2000);
    ended = test::kill_before_call(call, test::changes_disk, [&] { static_cast<void>(place.propose(session_archive())); }) == Ending::by_itself;
    CHECK(place.store.find("run-other", "").changes.size() == 1);
    if (!place.store.has("run-x")) {
      ++times_nothing;
      continue;
    }
    const ChangeSet set = place.store.load("run-x");
    CHECK(set.changes == whole.changes);
    for (const auto& change : set.changes) {
      for (const auto& state : {change.before, change.after}) {
        CHECK((state.digest.empty() || sha256_hex(read_file(place.store.blobs_of("run-x").path_of(state.digest))) == state.digest));
      }
    }
    place.store.discard("run-x");
  }
  CHECK(times_nothing > 20);
  // Each of them has left a half one, with an archive in it: they stayed for ever.
  CHECK(recover_changes(place.store).empty());
  CHECK(std::count_if(fs::directory_iterator(place.directory.path() / "changes"), fs::directory_iterator(), [](const auto& entry) { return entry.is_directory(); }) == 1);
}

TEST_CASE("killed anywhere while a second look replaces what waited: what was applied can still be taken back") {
  Place place;
  fill(place);
  const auto before = place.tree();
  REQUIRE(place.apply(place.propose(session_archive()), {"a", "new"}).conflicts.empty());
  const auto partly = place.tree();
  bool ended = false;
  for (std::size_t call = 1; !ended; call += 3) {
    INFO("before call " << call);
    REQUIRE(call < 3000);
    ended = test::kill_before_call(call, test::changes_disk, [&] { static_cast<void>(place.propose(session_archive())); }) == Ending::by_itself;
    const ChangeSet applied = place.store.find("run-x", "", ChangeStore::Newest::applied);
    REQUIRE(has_something_to_undo(applied));
    CHECK(place.undo(applied).conflicts.empty());
    CHECK(place.tree() == before);
    const ChangeSet again = place.propose(session_archive());
    for (const auto& id : place.store.ids_of_session("run-x")) {
      if (id != again.id) {
        place.store.discard(id);
      }
    }
    REQUIRE(place.apply(again, {"a", "new"}).conflicts.empty());
    CHECK(place.tree() == partly);
  }
}

}  // namespace agentbox::kill_test
