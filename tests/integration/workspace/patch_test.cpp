// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "sys/process.hpp"
#include "workspace/changes/patch.hpp"

namespace agentbox::patch_test {

using test::Archive;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

std::string patch_of(const Place& place, const ChangeSet& set, BinaryForm form = BinaryForm::literal) {
  std::string text;
  for_each_patch(set.changes, place.store.blobs_of(set.id), form, [&](const PatchFile& file) { text += file.text(); });
  return text;
}

std::string statuses(const Place& place, const ChangeSet& set) {
  std::string text;
  for (const auto& pair : pair_files(set.changes, place.store.blobs_of(set.id))) {
    text += name_status(pair) + "\n";
  }
  return text;
}

std::string lines(int count, const std::string& word = "line") {
  std::string text;
  for (int line = 0; line < count; ++line) {
    text += word + " " + std::to_string(line) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("git applies a patch of whatever a session can change, and the result is what apply gives") {
  Place place;
  place.write("text", lines(40));
  place.write("binary", std::string("\0\1\2", 3));
  place.write("gone", "g\n");
  place.write("empty-gone", "");
  place.write("mode", "m\n");
  place.write("was-file", "x\n");
  place.write("dir/in", "y\n");
  place.write("old name", lines(30, "same"));
  place.write("Case", "case\n");
  place.write("moved/a", lines(20, "a"));
  place.write("no newline", "x");
  fs::create_symlink("text", place.project / "link");
  fs::create_symlink("text", place.project / "link-to-file");
  place.settle();
  std::string changed = lines(40);
  changed.replace(changed.find("line 3\n"), 7, "LINE three\n").erase(changed.find("line 30\n"), 8);
  const ChangeSet set = place.propose(Archive()
                                          .file("tree/text", changed)
                                          .file("tree/binary", std::string("\0\1\3\4", 4))
                                          .file("gone/gone")
                                          .file("gone/empty-gone")
                                          .file("tree/mode", "m\n", 0755)
                                          .file("gone/was-file")
                                          .file("tree/dir", "now a file\n")
                                          .file("gone/old name")
                                          .file("tree/new\nname\xff\"", lines(30, "same") + "one more\n")
                                          .file("gone/Case")
                                          .file("tree/case", "case\n")
                                          .file("gone/moved")
                                          .directory("tree/there")
                                          .file("tree/there/a", lines(20, "a"))
                                          .file("tree/no newline", "y")
                                          .file("tree/empty", "")
                                          .file("tree/-dash", "d\n")
                                          .link("tree/link", "mode")
                                          .file("tree/link-to-file", "f\n")
                                          .file("tree/new-binary", std::string(5000, '\0'))
                                          .end());
  CHECK(statuses(place, set) ==
        "A\t-dash\nM\tbinary\nR100\tCase\tcase\nA\tdir\nD\tdir/in\nA\tempty\nD\tempty-gone\nD\tgone\nM\tlink\nT\tlink-to-file\nM\tmode\n"
        "R096\told name\t\"new\\nname\\377\\\"\"\nA\tnew-binary\nM\tno newline\nM\ttext\nR100\tmoved/a\tthere/a\nD\twas-file\n");
  const std::string patch = patch_of(place, set);
  const fs::path copy = place.directory.path() / "copy";
  fs::copy(place.project, copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  std::ofstream(place.directory.path() / "patch") << patch;
  const Captured applied = run_and_capture({.argv = {"git", "-C", copy.string(), "apply", "--whitespace=nowarn", "../patch"}}, std::chrono::seconds(60));
  INFO(applied.error_output << patch);
  REQUIRE(applied.status.success());
  REQUIRE(place.apply(set).conflicts.empty());
  auto by_us = place.tree();
  auto by_git = test::tree_of(copy);
  for (auto* tree : {&by_us, &by_git}) {
    std::erase_if(*tree, [](const auto& entry) { return entry.second.starts_with("directory"); });
  }
  CHECK(by_us == by_git);
}

TEST_CASE("files that are alike in less than half are no renaming, one file is one renaming only") {
  Place place;
  place.write("a", lines(10) + lines(30, "other"));
  place.write("b", lines(20, "b"));
  place.settle();
  const ChangeSet set = place.propose(Archive()
                                          .file("gone/a")
                                          .file("tree/c", lines(10) + lines(30, "else"))
                                          .file("gone/b")
                                          .file("tree/d", lines(20, "b") + "d\n")
                                          .file("tree/e", lines(20, "b"))
                                          .end());
  CHECK(statuses(place, set) == "D\ta\nA\tc\nA\td\nR100\tb\te\n");
}

TEST_CASE("many files that went and came are paired by content without comparing each with each") {
  Place place;
  std::string archive;
  Archive changes;
  for (int file = 0; file < 3000; ++file) {
    place.write("old/" + std::to_string(file), lines(3, std::to_string(file)));
    changes.file("tree/new/" + std::to_string(file), lines(3, std::to_string(file)));
  }
  place.settle();
  const ChangeSet set = place.propose(changes.file("gone/old").end());
  const auto pairs = pair_files(set.changes, place.store.blobs_of(set.id));
  CHECK(pairs.size() == 3000);
  CHECK(std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.was->path.substr(4) == pair.is->path.substr(4); }));
}

// Each of 50 with each of 50, half a megabyte each, would take minutes.
TEST_CASE("files that went and came are compared by their lines only where that is not too much to read") {
  Place place;
  Archive changes;
  for (int file = 0; file < 60; ++file) {
    const std::string text = lines(55'000, std::to_string(file));
    place.write("old" + std::to_string(file), text);
    changes.file("gone/old" + std::to_string(file)).file("tree/new" + std::to_string(file), file < 10 ? text : text + "more\n");
  }
  place.settle();
  const ChangeSet set = place.propose(changes.end());
  const auto pairs = pair_files(set.changes, place.store.blobs_of(set.id));
  CHECK(pairs.size() == 10 + 2 * 50);
  const ChangeSet few{.id = set.id,
                      .agent = set.agent,
                      .project = set.project,
                      .created = {},
                      .odd = {},
                      .changes = {*std::find_if(set.changes.begin(), set.changes.end(), [](const auto& one) { return one.path == "old50"; }),
                                  *std::find_if(set.changes.begin(), set.changes.end(), [](const auto& one) { return one.path == "new50"; })}};
  CHECK(pair_files(few.changes, place.store.blobs_of(set.id)).size() == 1);
}

TEST_CASE("people are told that binary files differ") {
  Place place;
  place.write("b", std::string("\0", 1));
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/b", std::string("\0\1", 2)).end());
  CHECK(patch_of(place, set, BinaryForm::named).ends_with("Binary files a/b and b/b differ\n"));
  std::vector<PatchFile> files;
  for_each_patch(set.changes, place.store.blobs_of(set.id), BinaryForm::named, [&](PatchFile file) { files.push_back(std::move(file)); });
  CHECK(patch_stat(files) == " b | Bin 1 -> 2 bytes\n 1 file changed, 0 insertions(+), 0 deletions(-)\n");
}

}  // namespace agentbox::patch_test
