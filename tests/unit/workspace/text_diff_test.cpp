// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/text_diff.hpp"

#include "support/catch.hpp"
#include "workspace/changes/change.hpp"
#include "workspace/changes/change_store.hpp"
#include "workspace/changes/patch.hpp"

#include <random>

namespace agentbox::text_diff_test {

namespace {

// What a hunk makes of the old text; asserts that it fits.
std::string apply_hunks(const std::string& before, const std::string& hunks) {
  std::vector<std::string> old_lines;
  for (std::size_t at = 0; at < before.size();) {
    const auto end = before.find('\n', at);
    const auto next = end == std::string::npos ? before.size() : end + 1;
    old_lines.push_back(before.substr(at, next - at));
    at = next;
  }
  std::string result;
  std::size_t line = 0;
  std::size_t at = 0;
  char last = ' ';
  while (at < hunks.size()) {
    const auto end = hunks.find('\n', at);
    const std::string row = hunks.substr(at, end - at);
    at = end + 1;
    if (row.starts_with("@@")) {
      const std::size_t start = std::stoul(row.substr(4));
      const bool none = row.substr(4, row.find(' ', 4) - 4).ends_with(",0");
      for (const std::size_t first = none ? start : start - 1; line < first;) {
        result += old_lines.at(line++);
      }
    } else if (row.starts_with("\\")) {
      if (last != '-') {
        result.pop_back();
      }
    } else {
      last = row[0];
      if (row[0] != '+') {
        const std::string& old_line = old_lines.at(line++);
        REQUIRE(old_line.substr(0, old_line.find('\n')) == row.substr(1));
      }
      if (row[0] != '-') {
        result += row.substr(1) + "\n";
      }
    }
  }
  while (line < old_lines.size()) {
    result += old_lines.at(line++);
  }
  return result;
}

}  // namespace

TEST_CASE("a diff is what git shows") {
  const TextDiff diff = diff_texts("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\ni\n");
  CHECK(diff.hunks == "@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n+i\n");
  CHECK(diff.counts.added == 2);
  CHECK(diff.counts.removed == 1);
  CHECK(diff_texts("", "x").hunks == "@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n");
  CHECK(diff_texts("x\n", "").hunks == "@@ -1 +0,0 @@\n-x\n");
  CHECK(diff_texts("same\n", "same\n").hunks.empty());
}

TEST_CASE("any two texts: the hunks lead from one to the other") {
  std::mt19937 random(7);
  const auto text = [&](int lines, int letters) {
    std::string made;
    for (int line = 0; line < lines; ++line) {
      made += std::string(1, static_cast<char>('a' + random() % static_cast<unsigned>(letters))) + "\n";
    }
    if (!made.empty() && random() % 3 == 0) {
      made.pop_back();
    }
    return made;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string before = text(static_cast<int>(random() % 30), 1 + round % 5);
    const std::string after = text(static_cast<int>(random() % 30), 1 + round % 5);
    INFO(before << "---\n" << after);
    CHECK(apply_hunks(before, diff_texts(before, after).hunks) == after);
  }
}

TEST_CASE("texts that differ in everything are compared within bounds") {
  std::string before;
  std::string after;
  for (int line = 0; line < 20000; ++line) {
    before += "old " + std::to_string(line) + "\n";
    after += "new " + std::to_string(line) + "\n";
  }
  CHECK(diff_texts(before, after).counts.added == 20000);
}

TEST_CASE("names in patches are quoted as git does") {
  CHECK(quote_for_patch("plain name.txt") == "plain name.txt");
  CHECK(quote_for_patch("a\nb\"\\\t\xff") == "\"a\\nb\\\"\\\\\\t\\377\"");
}

TEST_CASE("what would run by itself, and links that leave, are held back") {
  const auto change = [](const std::string& path, NodeState::Kind kind, const std::string& target = {}) {
    Change one;
    one.path = path;
    one.after.kind = kind;
    one.after.target = target;
    return one;
  };
  using Kind = NodeState::Kind;
  const std::string project = "/home/u/p";
  for (const auto* path : {".git/hooks/pre-commit", ".git/config", ".git/config.worktree", ".git/info/attributes", ".git/objects/info/alternates",
                           ".git/modules/x/config", "sub/.git/hooks/x", ".GIT/config", ".Git/HEAD", ".git/worktrees/w/gitdir", ".git/commondir"}) {
    CHECK(reason_to_hold(change(path, Kind::file), project));
  }
  CHECK(reason_to_hold(change(".git", Kind::file), project));
  CHECK(reason_to_hold(change(".git/refs/heads/main", Kind::link, "x"), project));
  for (const auto* path : {".git/HEAD", ".git/index", ".git/objects/ab/cdef", ".git/refs/heads/main", ".git/logs/HEAD", ".gitignore", "src/a"}) {
    CHECK_FALSE(reason_to_hold(change(path, Kind::file), project));
  }
  CHECK_FALSE(reason_to_hold(change(".git", Kind::directory), project));
  for (const auto* target : {"/etc/passwd", "../x", "a/../b", "./../..", "/home/u/p2", "/home/u/p/../q", "/home/u/p/.."}) {
    CHECK(reason_to_hold(change("link", Kind::link, target), project));
  }
  CHECK(reason_to_hold(change("d/link", Kind::link, "../../x"), project));
  for (const auto* target : {"x", "./x/y", "/home/u/p", "/home/u/p/x"}) {
    CHECK_FALSE(reason_to_hold(change("link", Kind::link, target), project));
  }
  CHECK_FALSE(reason_to_hold(change("d/e/link", Kind::link, "../../x"), project));
}

TEST_CASE("a change set survives its text, whatever the names, and not when it is cut") {
  ChangeSet set{.id = "run-a", .agent = "run", .project = "/p", .created = "now", .odd = {"fi\nfo"}, .changes = {}};
  Change change;
  change.path = "a\nb\xff";
  change.before = {.kind = NodeState::Kind::file, .mode = 0755, .size = 3, .digest = "abc", .target = {}};
  change.after = {.kind = NodeState::Kind::link, .mode = 0, .size = 0, .digest = {}, .target = "x y"};
  change.meanwhile = Change::Meanwhile::changed;
  change.state = Change::State::applied;
  set.changes.push_back(change);
  change.state = Change::State::partly;
  change.part = {.kind = NodeState::Kind::file, .mode = 0644, .size = 2, .digest = "ab", .target = {}};
  set.changes.push_back(change);
  if (GENERATE(false, true)) {
    set.commits = {{.where = MadeCommit::Where::new_branch, .ref = "refs/heads/x", .commit = "12", .parent = "34"},
                   {.where = MadeCommit::Where::checkout, .ref = "HEAD", .commit = "56", .parent = {}}};
  }
  const std::string text = change_set_text(set);
  CHECK(parse_change_set(text) == set);
  for (std::size_t length = 0; length < text.size(); ++length) {
    CHECK_THROWS(parse_change_set(std::string_view(text).substr(0, length)));
  }
}

}  // namespace agentbox::text_diff_test
