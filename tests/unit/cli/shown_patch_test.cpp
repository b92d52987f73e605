// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/shown_patch.hpp"

#include "cli/review/chosen.hpp"
#include "cli/review/notes.hpp"
#include "support/catch.hpp"

namespace agentbox::shown_patch_test {

namespace {

PatchFile file_with(const std::string& body) {
  PatchFile file;
  file.header = "diff --git a/x b/x\n--- a/x\n+++ b/x\n";
  file.body = body;
  return file;
}

Change changed(const std::string& path, NodeState::Kind before, NodeState::Kind after) {
  Change change;
  change.path = path;
  change.before.kind = before;
  change.after.kind = after;
  return change;
}

}  // namespace

TEST_CASE("a patch has git's colors, and a line's own text decides none of them") {
  const std::string shown = shown_patch(file_with("@@ -1,2 +1,2 @@\n-- removed\n++ added\n same\n\\ No newline at end of file\n"), Color::on);
  CHECK(shown ==
        "\x1b[1mdiff --git a/x b/x\x1b[m\n\x1b[1m--- a/x\x1b[m\n\x1b[1m+++ b/x\x1b[m\n\x1b[36m@@ -1,2 +1,2 @@\x1b[m\n"
        "\x1b[31m-- removed\x1b[m\n\x1b[32m++ added\x1b[m\n same\n\\ No newline at end of file\n");
}

TEST_CASE("nothing of a guest's reaches the terminal as it is, colors or not") {
  for (const Color color : {Color::on, Color::off}) {
    const std::string shown = shown_hunks("+\x1b]52;c;AAAA\x07\t\x1b[2J\r\xff\xe2\x80\xae\n", color);
    CHECK(shown.find("\x1b]") == std::string::npos);
    CHECK(shown.find("\x1b[2") == std::string::npos);
    CHECK(shown.find_first_of("\x07\r\xff\xe2") == std::string::npos);
    CHECK(shown.find("\\x1b]52;c;AAAA\\x07\t\\x1b[2J\\x0d\\xff") != std::string::npos);
  }
}

TEST_CASE("paths are named as people do") {
  CHECK(project_paths({"./a", "b/", "/p/c", "d/../e", "-x"}, "/p") == std::vector<std::string>{"a", "b", "c", "e", "-x"});
  CHECK(project_paths({"a", "."}, "/p").empty());
  CHECK(project_paths({"/p"}, "/p").empty());
}

TEST_CASE("what a patch cannot show is said") {
  using Kind = NodeState::Kind;
  ChangeSet set{.id = "x", .agent = "run", .project = "/p", .created = {}, .odd = {"fi\x1b" "fo"}, .changes = {}};
  set.changes = {changed(".git/HEAD", Kind::file, Kind::file),      changed("d", Kind::absent, Kind::directory), changed("d-x", Kind::absent, Kind::file),
                 changed("d/f", Kind::absent, Kind::file),          changed("empty", Kind::absent, Kind::directory),
                 changed("m", Kind::file, Kind::file)};
  set.changes.back().before.mode = 0644;
  set.changes.back().after.mode = 0600;
  set.changes.back().meanwhile = Change::Meanwhile::changed;
  CHECK(notes_on(set, set.changes) ==
        "new directory: empty\nmode 0644 -> 0600: m\nconflict: m was changed on this machine while the session ran\n"
        "1 more change in .git, not shown\nnot brought out: fi\\x1bfo (neither file, directory nor link)\n");
}

}  // namespace agentbox::shown_patch_test
