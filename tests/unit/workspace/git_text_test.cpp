// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "workspace/git/config_text.hpp"
#include "workspace/git/ignore_rules.hpp"
#include "workspace/git/index.hpp"

namespace agentbox::git_text_test {

using Paths = std::vector<std::string>;

TEST_CASE("patterns of names") {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } rows[] = {
      {"target", "target", true},    {"target", "targets", false}, {"*", "", true},
      {"*.d", "x.d", true},          {"*.d", ".d", true},          {"a*c", "abbc", true},
      {"a*c", "abb", false},         {"a?c", "abc", true},         {"a?c", "ac", false},
      {"[a-c]x", "bx", true},        {"[!a-c]x", "bx", false},     {"[^a-c]x", "dx", true},
      {"[]]x", "]x", true},          {"[a-]x", "-x", true},        {"[[:digit:]]x", "7x", true},
      {"[[:digit:]]x", "ax", false}, {"[ab", "a", false},          {"\\*", "*", true},
      {"\\*", "x", false},           {"x\\", "x\\", false},        {"[\\]]", "]", true},
      {"*a*b*c*", "xaxbxcx", true},  {"**", "anything", true},     {"[[:nothing:]]", "a", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern, row.name);
    CHECK(matches_pattern(row.pattern, row.name) == row.matches);
  }
}

// The attack: a .gitignore on which a matcher that tries everything would work for ever.
TEST_CASE("a pattern of many stars takes no time") {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) {
    pattern += "*a";
  }
  CHECK_FALSE(matches_pattern(pattern + "b", std::string(5000, 'a')));
  IgnoreRules rules;
  std::string deep;
  for (int i = 0; i < 300; ++i) {
    deep += "**/a/";
  }
  rules.add(deep + "b", "");
  std::string path = "a";
  for (int i = 0; i < 300; ++i) {
    path += "/a";
  }
  CHECK_FALSE(rules.ignores_directory(path));
}

TEST_CASE("what a .gitignore means") {
  const auto ignores = [](const std::string& text, const std::string& path) {
    IgnoreRules rules;
    rules.add(text, "");
    return rules.ignores_directory(path);
  };
  CHECK(ignores("node_modules\n", "node_modules"));
  CHECK(ignores("node_modules/", "a/b/node_modules"));
  CHECK(ignores("/build\n", "build"));
  CHECK_FALSE(ignores("/build\n", "a/build"));
  CHECK(ignores("a/build\n", "a/build"));
  CHECK_FALSE(ignores("a/build\n", "b/a/build"));
  CHECK(ignores("**/build\n", "b/a/build"));
  CHECK(ignores("a/**/build\n", "a/build"));
  CHECK(ignores("a/**\n", "a/x/y"));
  CHECK_FALSE(ignores("a/**\n", "a"));
  CHECK(ignores("out\n", "out/deep/down"));
  CHECK_FALSE(ignores("build\n!build\n", "build"));
  CHECK(ignores("!build\nbuild\n", "build"));
  CHECK(ignores("out\n!out/build\n", "out/build"));  // what lies in an ignored directory stays ignored
  CHECK_FALSE(ignores("# build\n\n  \n", "build"));
  CHECK(ignores("build  \r\n", "build"));
  CHECK(
      ignores("\xef\xbb\xbf"
              "build",
              "build"));
  CHECK(ignores("\\#x\n\\!y\nz\\ \n", "#x"));
  CHECK(ignores("\\#x\n\\!y\nz\\ \n", "!y"));
  CHECK(ignores("\\#x\n\\!y\nz\\ \n", "z "));
}

TEST_CASE("a .gitignore further down is for what lies there, and wins") {
  IgnoreRules rules;
  rules.add("build\n", "");
  rules.add("!build\n/only\n", "a/b");
  CHECK(rules.ignores_directory("a/build"));
  CHECK_FALSE(rules.ignores_directory("a/b/build"));
  CHECK(rules.ignores_directory("a/b/only"));
  CHECK_FALSE(rules.ignores_directory("a/b/c/only"));
  CHECK_FALSE(rules.ignores_directory("a/bb/only"));
}

namespace {

std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i) & 0xffU);
  }
  return text;
}

/// An index as git writes it; version 4 with whole names (nothing of the one before is taken over but what strip
/// leaves).
std::string index_of(std::uint32_t version, const Paths& names, std::size_t hash_bytes = 20,
                     const std::string& extensions = {}) {
  std::string text = "DIRC" + big_endian(version, 4) + big_endian(names.size(), 4);
  std::string before;
  for (const auto& name : names) {
    const std::size_t start = text.size();
    text += std::string(40 + hash_bytes, 's') + big_endian(std::min<std::size_t>(name.size(), 0xfff), 2);
    if (version == 4) {
      // One byte is enough for names of less than 128.
      text += static_cast<char>(before.size());
      text += name + '\0';
    } else {
      text += name;
      text += std::string(8 - (text.size() - start) % 8, '\0');
    }
    before = name;
  }
  return text + extensions + std::string(hash_bytes, 'h');
}

}  // namespace

TEST_CASE("which directories git tracks something in") {
  const Paths names{"a", "build/x", "c/d/node_modules/e", "sub"};
  const Paths asked{"build", "node_modules", "c/d/node_modules", "c/d/node", "sub", "buil"};
  for (const std::uint32_t version : {2U, 3U, 4U}) {
    for (const std::size_t hash : {std::size_t{20}, std::size_t{32}}) {
      CAPTURE(version, hash);
      const auto tracked = tracked_directories(index_of(version, names, hash), hash, asked);
      REQUIRE(tracked);
      CHECK(*tracked == Paths{"build", "c/d/node_modules", "sub"});
    }
  }
  CHECK(tracked_directories(index_of(2, {}), 20, asked) == Paths{});
  Paths long_names{std::string(5000, 'x')};
  long_names.front() += "/y";
  long_names.emplace_back("build/z");
  CHECK(tracked_directories(index_of(2, long_names), 20, asked) == Paths{"build"});
}

TEST_CASE("an index that cannot be understood says nothing, wherever it is cut") {
  const Paths asked{"build"};
  for (const std::uint32_t version : {2U, 4U}) {
    const std::string whole = index_of(version, {"a", "build/x", "z"}, 20, "TREE" + big_endian(4, 4) + "abcd");
    CHECK(tracked_directories(whole, 20, asked) == asked);
    for (std::size_t size = 0; size < whole.size() - 20; ++size) {
      const auto cut = tracked_directories(std::string_view(whole).substr(0, size), 20, asked);
      CHECK((!cut || *cut == asked));
    }
  }
  CHECK_FALSE(tracked_directories(index_of(5, {"a"}), 20, asked));
  CHECK_FALSE(
      tracked_directories(index_of(2, {"a"}, 20, "link" + big_endian(0, 4)), 20, asked));  // the rest is elsewhere
  CHECK(tracked_directories(index_of(2, {"a"}, 20, "sdir" + big_endian(0, 4)), 20, asked));
  CHECK_FALSE(tracked_directories(index_of(2, {"a"}, 20, "TREE" + big_endian(0xffffffff, 4)), 20, asked));
  std::string many = index_of(2, {"a"});
  many.replace(8, 4, big_endian(0xffffffff, 4));
  CHECK_FALSE(tracked_directories(many, 20, asked));
  std::string strip = index_of(4, {"a"});
  strip[12 + 62] = 'x';
  CHECK_FALSE(tracked_directories(strip, 20, asked));
}

TEST_CASE("values of git's configuration") {
  const auto value = [](const std::string& text) { return git_config_value(text, "core", "worktree"); };
  CHECK(value("[core]\n\tworktree = ../../x\n") == "../../x");
  CHECK(value("[CORE] WorkTree=/a b/c  # why\n") == "/a b/c");
  CHECK(value("[core]\nworktree = \" a;b \" ; c\n") == " a;b ");
  CHECK(value("[core]\nworktree = a\\\n b\n") == "a b");
  CHECK(value("[core]\nworktree = a\\tb\\\\c\\\"d\n") == "a\tb\\c\"d");
  CHECK(value("[core]\nworktree = one\nworktree = two\n") == "two");
  CHECK(value("[core]\r\nworktree = one\r\n") == "one");
  CHECK(value("[core]\nworktree\n") == "true");
  CHECK(value("[core]\nworktree =") == "");
  CHECK_FALSE(value("[core \"x\"]\nworktree = a\n"));
  CHECK_FALSE(value("[core.x]\nworktree = a\n"));
  CHECK_FALSE(value("[other]\nworktree = a\n[core]\nbare = false\n"));
  CHECK_FALSE(value("# [core]\n; worktree = a\n"));
  CHECK_FALSE(value(""));
  CHECK(value("[x \"a\\\"]\"]\n[core]\nworktree = a\n") == "a");
}

TEST_CASE("what git would not take as its configuration is refused") {
  for (const std::string text :
       {"[core\nworktree = a\n", "[core]\nworktree = \"a\n", "[core]\nworktree = a\\x\n", "[core]\n= a\n",
        "[core]\nwork tree = a\n", "[core \"x]\n", "\x01", "[core]\nworktree = a\\", "[core \"x\\"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(git_config_value(text, "core", "worktree"), Error);
  }
}

}  // namespace agentbox::git_text_test
