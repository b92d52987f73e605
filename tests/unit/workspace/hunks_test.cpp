// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "core/error.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "workspace/changes/hunk_edit.hpp"

namespace agentbox::hunks_test {

namespace {

std::string random_text(std::mt19937& random, std::mt19937::result_type lines, unsigned letters) {
  std::string made;
  for (std::mt19937::result_type line = 0; line < lines; ++line) {
    made += std::string(1, static_cast<char>('a' + random() % letters)) + "\n";
  }
  if (!made.empty() && random() % 3 == 0) {
    made.pop_back();
  }
  return made;
}

std::vector<Hunk> all_parts(const DiffRows& rows) {
  std::vector<Hunk> parts;
  for (const auto& hunk : hunks_of(rows)) {
    for (const auto& part : split_hunk(rows, hunk)) {
      parts.push_back(part);
    }
  }
  return parts;
}

std::string with_hunks(const DiffRows& rows, const std::vector<Hunk>& chosen) { return with_edits(rows, chosen, {}); }

/// Edits the only hunk as an editor would: replaces a piece of what it gets.
std::string edited(const std::string& before, const std::string& after, const std::string& piece, const std::string& by) {
  const DiffRows rows = compare_texts(before, after);
  const auto hunks = hunks_of(rows);
  REQUIRE(hunks.size() == 1);
  std::string text = text_to_edit(rows, hunks[0]);
  const auto at = text.find(piece);
  REQUIRE(at != std::string::npos);
  text.replace(at, piece.size(), by);
  return with_edits(rows, {}, {read_edited(rows, hunks[0], text)});
}

}  // namespace

TEST_CASE("a hunk is split where lines that both texts have lie between changes") {
  const std::string before = "a\nb\nc\nd\n";
  const std::string after = "A\nb\nc\nD\n";
  const DiffRows rows = compare_texts(before, after);
  const auto hunks = hunks_of(rows);
  REQUIRE(hunks.size() == 1);
  const auto parts = split_hunk(rows, hunks.front());
  REQUIRE(parts.size() == 2);
  CHECK(hunk_text(rows, parts[0]) == "@@ -1,3 +1,3 @@\n-a\n+A\n b\n c\n");
  CHECK(hunk_text(rows, parts[1]) == "@@ -2,3 +2,3 @@\n b\n c\n-d\n+D\n");
  CHECK(split_hunk(rows, parts[0]) == std::vector{parts[0]});
  CHECK(with_hunks(rows, {parts[0]}) == "A\nb\nc\nd\n");
  CHECK(with_hunks(rows, {parts[1]}) == "a\nb\nc\nD\n");
}

TEST_CASE("a last line without its newline goes with its own hunk") {
  const std::string before = "a\n1\n2\n3\n4\n5\n6\n7\nz";
  const std::string after = "A\n1\n2\n3\n4\n5\n6\n7\nz\nmore\n";
  const DiffRows rows = compare_texts(before, after);
  const auto hunks = hunks_of(rows);
  REQUIRE(hunks.size() == 2);
  CHECK(with_hunks(rows, {hunks[0]}) == "A\n1\n2\n3\n4\n5\n6\n7\nz");
  CHECK(with_hunks(rows, {hunks[1]}) == "a\n1\n2\n3\n4\n5\n6\n7\nz\nmore\n");
}

TEST_CASE("any two texts: all hunks give the new one, none the old one, and chosen ones leave the rest to be chosen") {
  std::mt19937 random(11);
  for (unsigned round = 0; round < 2000; ++round) {
    const std::string before = random_text(random, random() % 40, 2 + round % 6);
    const std::string after = random_text(random, random() % 40, 2 + round % 6);
    INFO(before << "---\n" << after);
    const DiffRows rows = compare_texts(before, after);
    const auto parts = all_parts(rows);
    CHECK(with_hunks(rows, parts) == after);
    CHECK(with_hunks(rows, hunks_of(rows)) == after);
    CHECK(with_hunks(rows, {}) == before);
    std::vector<Hunk> chosen;
    std::size_t added = 0;
    for (const auto& part : parts) {
      if (random() % 2 == 0) {
        chosen.push_back(part);
        for (std::size_t row = part.begin; row < part.end; ++row) {
          added += rows[row].kind == DiffRow::Kind::added ? 1U : 0U;
        }
      }
    }
    const std::string partly = with_hunks(rows, chosen);
    // What was chosen, and the rest, add up to the whole.
    const auto lines = [](const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + (text.empty() || text.ends_with('\n') ? 0 : 1); };
    std::size_t removed = 0;
    for (const auto& part : chosen) {
      for (std::size_t row = part.begin; row < part.end; ++row) {
        removed += rows[row].kind == DiffRow::Kind::removed ? 1U : 0U;
      }
    }
    CHECK(lines(partly) == lines(before) + added - removed);
    CHECK(partly.find("\n\n") == std::string::npos);
  }
}

TEST_CASE("line numbers of parts are those of the whole texts") {
  const std::string before = "1\n2\n3\n4\n5\n";
  const std::string after = "0\n1\n2\n3\n5\n6\n";
  const DiffRows rows = compare_texts(before, after);
  const auto parts = all_parts(rows);
  REQUIRE(parts.size() == 3);
  CHECK(hunk_text(rows, parts[0]) == "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n");
  CHECK(hunk_text(rows, parts[1]) == "@@ -1,5 +2,4 @@\n 1\n 2\n 3\n-4\n 5\n");
  CHECK(hunk_text(rows, parts[2]) == "@@ -5 +5,2 @@\n 5\n+6\n");
}

TEST_CASE("an edited hunk becomes what was made of it") {
  const std::string before = "a\nb\nc\nd\n";
  const std::string after = "a\nB\nB2\nd\n";
  CHECK(edited(before, after, "@@", "@@") == after);
  CHECK(edited(before, after, "+B2\n", "") == "a\nB\nd\n");
  CHECK(edited(before, after, "-c\n", " c\n") == "a\nc\nB\nB2\nd\n");
  CHECK(edited(before, after, " a\n", "-a\n+A\n") == "A\nB\nB2\nd\n");
  CHECK(edited(before, after, " d\n", " d\n+e\n+f\n") == "a\nB\nB2\nd\ne\nf\n");
  CHECK(edited(before, after, "+B\n", "# not this one\n+\n") == "a\n\nB2\nd\n");
  CHECK(edited("a\nb", "a\nb\nc", "+c\n", "+C\n") == "a\nb\nC");
  CHECK(edited("a\nb", "a\nb\nc", "\\ No newline at end of file\n#", "#") == "a\nb\nc\n");
  CHECK(edited("", "a\n\nb\n", "+\n", "") == "a\nb\n");
  CHECK(edited(before, after, "+B2\n", "+\n\\\n\\\n") == "a\nB\nd\n");  // told twice that an empty line has no newline
  CHECK(edited("a\n\nb\n", "a\n\nB\n", " \n", "\n") == "a\n\nB\n");  // editors take blanks at the end away
}

TEST_CASE("a hunk that was edited into something else is refused with the line") {
  const std::string before = "a\nb\nc\n";
  const std::string after = "a\nB\nc\n";
  const auto refusal = [&](const std::string& piece, const std::string& by) -> std::string {
    try {
      return "it was taken: " + edited(before, after, piece, by);
    } catch (const Error& error) {
      return error.what();
    }
  };
  CHECK(refusal(" a\n", " A\n") == "line 1 of the hunk, \" A\": the project has another line there");
  CHECK(refusal("-b\n", "") == "line 3 of the hunk, \" c\": the project has another line there");
  CHECK(refusal(" c\n", "") == "line 4 of the hunk, \"c\": this line of the project is missing");
  CHECK(refusal(" c\n", " c\n d\n") == "line 5 of the hunk, \" d\": the project has no such line there");
  CHECK(refusal("+B\n", "B\n") == "line 3 of the hunk, \"B\": it begins with none of ' ', '-', '+'");
}

TEST_CASE("nothing of a guest's stands where editors look for settings, and nothing left is no edit") {
  const DiffRows rows = compare_texts("", "vim: set modeline:\n");
  const std::string text = text_to_edit(rows, hunks_of(rows)[0]);
  const auto lines = split(text, '\n');
  REQUIRE(lines.size() > 12);
  for (std::size_t line = 0; line < 5; ++line) {
    CHECK(lines[line].starts_with('#'));
    CHECK(lines[lines.size() - 2 - line].starts_with('#'));
  }
  CHECK_FALSE(is_empty_edit(text));
  for (const auto* nothing : {"", "\n", "# a\n#\n", "@@ -1 +1 @@\n\n"}) {
    CHECK(is_empty_edit(nothing));
  }
}

TEST_CASE("edited hunks and chosen ones of any two texts go together") {
  std::mt19937 random(12);
  for (unsigned round = 0; round < 500; ++round) {
    const std::string before = random_text(random, random() % 30, 2 + round % 6);
    const std::string after = random_text(random, random() % 30, 2 + round % 6);
    INFO(before << "---\n" << after);
    const DiffRows rows = compare_texts(before, after);
    std::vector<Hunk> chosen;
    std::vector<HunkEdit> edits;
    for (const auto& part : all_parts(rows)) {
      if (random() % 2 == 0) {
        chosen.push_back(part);
      } else {
        edits.push_back(read_edited(rows, part, text_to_edit(rows, part)));  // left as it is
      }
    }
    CHECK(with_edits(rows, chosen, edits) == after);
  }
}

}  // namespace agentbox::hunks_test
