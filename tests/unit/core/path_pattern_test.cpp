// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/path_pattern.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::path_pattern_test {

namespace {

bool matches(const std::string& pattern, const std::string& path) { return PathPattern(pattern).matches(parts_of(path)); }

}  // namespace

TEST_CASE("patterns match as in a .gitignore") {
  struct Row {
    const char* pattern;
    const char* path;
    bool expected;
  };
  for (const auto& [pattern, path, expected] : {Row{"a", "a", true},
                                                {"a", "x/y/a", true},
                                                {"a", "ab", false},
                                                {"/a", "a", true},
                                                {"/a", "x/a", false},
                                                {"a/", "x/a", true},
                                                {"a/b", "a/b", true},
                                                {"a/b", "x/a/b", false},
                                                {"**/a/b", "x/y/a/b", true},
                                                {"**/a/b", "a/b", true},
                                                {"a/**/b", "a/b", true},
                                                {"a/**/b", "a/x/y/b", true},
                                                {"a/**/b", "a/x/y/c", false},
                                                {"a/**", "a/x/y", true},
                                                {"a/**", "b/a/x", false},
                                                {"**/a/**", "b/a/x", true},
                                                {"*.pem", "x/server.pem", true},
                                                {"*.pem", ".pem", true},
                                                {"*.pem", "server.pem.txt", false},
                                                {"a*b*c", "aXXbYYc", true},
                                                {"a*b*c", "aXXcYYb", false},
                                                {"*", "x/y", true},
                                                {"/*", "x/y", false},
                                                {"a?c", "abc", true},
                                                {"a?c", "ac", false},
                                                {"[a-c]x", "bx", true},
                                                {"[!a-c]x", "bx", false},
                                                {"[]]x", "]x", true},
                                                {"[x", "[x", true},
                                                {"\\*", "*", true},
                                                {"\\*", "x", false},
                                                {".ENV", ".env", true},
                                                {"caf\xc3\xa9", "caf\xc3\xa9", true}}) {
    INFO(pattern << " " << path);
    CHECK(matches(pattern, path) == expected);
  }
}

TEST_CASE("the last pattern that matches decides, and what is in a directory goes with it") {
  const PatternList list({"*.key", "!public.key", "secrets/"});
  CHECK(list.matches(parts_of("a/x.key")));
  CHECK_FALSE(list.matches(parts_of("a/public.key")));
  CHECK(list.matches(parts_of("secrets/deep/public.key")));
  CHECK_FALSE(PatternList().matches(parts_of("x")));
}

TEST_CASE("a pattern knows which directories lead to what it matches") {
  const auto leads = [](const std::string& pattern, const std::string& path) { return PathPattern(pattern).leads_below(parts_of(path)); };
  CHECK(leads("**/a/b", "x/a"));
  CHECK_FALSE(leads("**/a/b", "x"));
  CHECK(leads("/a/b/c", "a"));
  CHECK(leads("/a/b/c", "a/b"));
  CHECK_FALSE(leads("/a/b/c", "x/a"));
  CHECK_FALSE(leads("/a/b/c", "a/b/c"));
  CHECK_FALSE(leads("name", "x"));
  CHECK(leads("a/**/b", "a/x/y"));
}

TEST_CASE("what is no pattern is refused") {
  for (const std::string& text : {std::string(""), std::string("/"), std::string("!"), std::string("a/../b"), std::string("a\0b", 3),
                                  std::string(2000, 'x'), std::string("**")}) {
    CHECK_THROWS_AS(PathPattern(text), Error);
  }
}

// The attack: a pattern or a name that takes for ever.
TEST_CASE("matching is quick whatever the pattern") {
  std::string stars;
  std::string path;
  for (int i = 0; i < 250; ++i) {
    stars += "a*";
    path += "**/a/";
  }
  CHECK_FALSE(matches(stars + "b", std::string(255, 'a')));

  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    deep += "a/";
  }
  CHECK_FALSE(matches(path.substr(0, 900) + "b", deep));
}

}  // namespace agentbox::path_pattern_test
