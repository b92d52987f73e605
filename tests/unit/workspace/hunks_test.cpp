// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "support/catch.hpp"
#include "workspace/changes/text_diff.hpp"

using namespace agentbox;

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
