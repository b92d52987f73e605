// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pick_dialog.hpp"

#include "support/catch.hpp"
#include "support/changed_project.hpp"

namespace agentbox::pick_dialog_test {

using test::Archive;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

/// A conversation: the questions' words and letters, in order; and what was chosen, applied.
struct Conversation {
  std::vector<std::string> questions;
  std::string shown;
  ApplyResult result;
};

Conversation converse(const Place& place, const ChangeSet& set, const std::string& letters, const std::vector<std::string>& paths = {}) {
  Conversation talk;
  const BlobStore blobs = place.store.blobs_of(set.id);
  PickDialog dialog(set, paths, blobs, Color::off);
  for (std::size_t at = 0;; ++at) {
    const auto text = dialog.ask();
    if (!text) {
      CHECK(at == letters.size());
      break;
    }
    talk.shown += *text;
    talk.questions.push_back(text->substr(text->rfind('\n') + 1));
    if (at == letters.size()) {
      dialog.answer(std::nullopt);  // the end of the input
      CHECK_FALSE(dialog.ask());
      break;
    }
    dialog.answer(letters.substr(at, 1) + "\n");
  }
  talk.result = apply_picked(place.store, set, dialog.picked());
  return talk;
}

std::string numbered(int from, int to) {
  std::string text;
  for (int line = from; line <= to; ++line) {
    text += std::to_string(line) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("hunks are chosen one by one, split, and the rest waits") {
  Place place;
  place.write("f", numbered(1, 30));
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/f", "0\n" + numbered(1, 2) + "3!\n" + numbered(4, 27) + "28!\n" + numbered(29, 30), 0755).end());
  const Conversation talk = converse(place, set, "nsnyy");
  CHECK(talk.questions == std::vector<std::string>{"(1/3) Apply mode change [y,n,q,a,d,?]? ", "(2/3) Apply this hunk [y,n,q,a,d,s,e,?]? ",
                                                   "(2/4) Apply this hunk [y,n,q,a,d,e,?]? ", "(3/4) Apply this hunk [y,n,q,a,d,e,?]? ",
                                                   "(4/4) Apply this hunk [y,n,q,a,d,e,?]? "});
  CHECK(talk.result.conflicts.empty());
  CHECK(place.read("f") == numbered(1, 2) + "3!\n" + numbered(4, 27) + "28!\n" + numbered(29, 30));
  const ChangeSet partly = place.store.load("run-x");
  CHECK(partly.changes.front().state == Change::State::partly);
  CHECK(count_open(partly) == 1);
  SECTION("the rest is what is asked about later") {
    const Conversation later = converse(place, partly, "yy");
    CHECK(later.questions.size() == 2);
    CHECK(place.read("f").starts_with("0\n1\n"));
    CHECK(place.store.load("run-x").changes.front().state == Change::State::applied);
  }
  SECTION("all of it is undone at once") {
    CHECK(place.undo(partly).conflicts.empty());
    CHECK(place.read("f") == numbered(1, 30));
    CHECK(place.store.load("run-x") == set);
  }
  SECTION("the user's own edit of it is a conflict") {
    place.write("f", "mine");
    CHECK(place.apply(partly).conflicts.size() == 1);
    CHECK(place.undo(partly).conflicts.size() == 1);
    CHECK(place.read("f") == "mine");
  }
}

TEST_CASE("a hunk is edited, and what it does not hold any more waits") {
  Place place;
  place.write("f", numbered(1, 3));
  place.write("g", "g\n");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/f", "1\ntwo\nmore\n3\n").file("tree/g", "G\n").end());
  const BlobStore blobs = place.store.blobs_of(set.id);
  PickDialog dialog(set, {}, blobs, Color::off);
  REQUIRE(dialog.ask());
  dialog.answer("e");
  REQUIRE(dialog.to_edit());
  std::string text = *dialog.to_edit();
  SECTION("a part of it") {
    text.erase(text.find("+more\n"), 6);
    dialog.edited(text);
    REQUIRE(dialog.ask());
    dialog.answer("n");
    CHECK_FALSE(dialog.ask());
    CHECK(apply_picked(place.store, set, dialog.picked()).conflicts.empty());
    CHECK(place.read("f") == "1\ntwo\n3\n");
    CHECK(place.read("g") == "g\n");
    CHECK(count_open(place.store.load("run-x")) == 2);
  }
  SECTION("so that it does not fit: it is asked about again, and the editor has what was there") {
    text.replace(text.find(" 3\n"), 3, " 4\n");
    dialog.edited(text);
    CHECK(dialog.ask().value().find("does not fit: line 5 of the hunk, \" 4\"") != std::string::npos);
    dialog.answer("e");
    CHECK(dialog.to_edit() == text);
    dialog.edited(std::nullopt);
    CHECK(dialog.ask().value().starts_with("The hunk was not edited."));
    dialog.answer("q");
    CHECK(dialog.picked().empty());
  }
  SECTION("until nothing of it is left") {
    text.erase(text.find("+more\n"), 6);
    text.replace(text.find("-2\n+two\n"), 8, " 2\n");
    dialog.edited(text);
    REQUIRE(dialog.ask());
    dialog.answer("q");
    CHECK(dialog.picked().empty());
  }
}

TEST_CASE("the letters mean what they mean to git") {
  Place place;
  place.write("a", numbered(1, 30));
  place.write("b", numbered(1, 30));
  place.write("c", "c\n");
  place.settle();
  const std::string after = "0\n" + numbered(1, 29) + "thirty\n";
  const ChangeSet set = place.propose(Archive().file("tree/a", after).file("tree/b", after).file("gone/c").file("tree/d", "d\n").end());
  SECTION("a and d are for the file") {
    converse(place, set, "adyn");
    CHECK(place.read("a") == after);
    CHECK(place.read("b") == numbered(1, 30));
    CHECK_FALSE(fs::exists(place.project / "c"));
    CHECK_FALSE(fs::exists(place.project / "d"));
  }
  SECTION("q keeps what was chosen") {
    converse(place, set, "yq");
    CHECK(place.read("a") == "0\n" + numbered(1, 30));
    CHECK(place.read("b") == numbered(1, 30));
    CHECK(place.read("c") == "c\n");
  }
  SECTION("so does the end of the input") {
    converse(place, set, "yn");
    CHECK(place.read("a") == "0\n" + numbered(1, 30));
    CHECK(place.read("b") == numbered(1, 30));
  }
  SECTION("anything else is a question") {
    const Conversation talk = converse(place, set, "x?sddnn");
    CHECK(talk.shown.find("q - quit") != std::string::npos);
    CHECK(talk.shown.find("cannot be split") != std::string::npos);
    CHECK(place.read("c") == "c\n");
  }
  SECTION("paths limit what is asked about") {
    CHECK(converse(place, set, "y", {"d"}).questions == std::vector<std::string>{"Apply addition [y,n,q,a,d,?]? "});
  }
}

TEST_CASE("things that are no texts are asked about as a whole, directories follow") {
  Place place;
  place.write("bin", std::string("\0", 1));
  place.write("old", numbered(1, 20));
  place.write("dir/a", "a\n");
  place.write("dir/b", "b\n");
  place.write("was/in", "w\n");
  fs::create_directory(place.project / "empty");
  place.settle();
  const auto archive = Archive()
                           .file("tree/bin", std::string("\0\1", 2))
                           .file("gone/old")
                           .file("tree/renamed", numbered(1, 20) + "21\n")
                           .file("gone/dir")
                           .file("tree/was", "a file\n")
                           .file("gone/empty")
                           .directory("tree/new-empty")
                           .directory("tree/new")
                           .file("tree/new/n", "n\n")
                           .directory("tree/.git")
                           .directory("tree/.git/refs")
                           .directory("tree/.git/refs/heads")
                           .directory("tree/.git/hooks")
                           .file("tree/.git/refs/heads/x", "0\n")
                           .file("tree/.git/HEAD", "1\n")
                           .file("tree/.git/hooks/pre-commit", "evil\n")
                           .end();
  const ChangeSet set = place.propose(archive);
  SECTION("everything") {
    const Conversation talk = converse(place, set, "yyyyyyyyyy");
    CHECK(talk.questions == std::vector<std::string>{"Apply this [y,n,q,a,d,?]? ", "Apply addition [y,n,q,a,d,?]? ", "Apply this change [y,n,q,a,d,?]? ",
                                                     "Apply deletion [y,n,q,a,d,?]? ", "Apply deletion [y,n,q,a,d,?]? ", "Apply this [y,n,q,a,d,?]? ",
                                                     "Apply this [y,n,q,a,d,?]? ", "Apply addition [y,n,q,a,d,?]? ", "Apply renaming [y,n,q,a,d,?]? ",
                                                     "Apply this [y,n,q,a,d,?]? "});
    CHECK(talk.shown.find("5 changes in .git") != std::string::npos);
    CHECK(talk.shown.find("held back without a question: part of git's settings and programs") != std::string::npos);
    CHECK(talk.result.conflicts.empty());
    CHECK(count_open(place.store.load("run-x")) == 0);
    CHECK(place.read("was") == "a file\n");
    CHECK_FALSE(fs::exists(place.project / "dir"));
    CHECK(place.undo(place.store.load("run-x")).conflicts.empty());
    CHECK(place.read("was/in") == "w\n");
  }
  SECTION("a directory stays when something in it was not chosen") {
    converse(place, set, "nnnynnnnnn");
    CHECK_FALSE(fs::exists(place.project / "dir/a"));
    CHECK(place.read("dir/b") == "b\n");
    CHECK(place.read("was/in") == "w\n");
  }
  SECTION("nothing") {
    const auto before = place.tree();
    converse(place, set, "q");
    CHECK(place.tree() == before);
    CHECK(place.store.load("run-x") == set);
  }
}

}  // namespace agentbox::pick_dialog_test
