// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/git/git_view.hpp"
#include "workspace/git/ignore_rules.hpp"
#include "workspace/git/repository.hpp"

#include <fcntl.h>

#include <algorithm>
#include <random>

namespace agentbox::git_test {

namespace fs = std::filesystem;
using Kind = GitRepository::Kind;

// Held against git itself.

namespace {

class GitTest {
 public:
  GitTest() {
    if (find_program("git").empty()) test::skip("git is not installed");
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return root_ / name; }

  std::string git(const fs::path& directory, const std::vector<std::string>& words) const {
    std::vector<std::string> argv{"git",
                                  "-c",
                                  "user.name=A",
                                  "-c",
                                  "user.email=a@example.com",
                                  "-c",
                                  "protocol.file.allow=always",
                                  "-C",
                                  directory.native()};
    argv.insert(argv.end(), words.begin(), words.end());
    const Captured result =
        run_and_capture({.argv = argv,
                         .environment = std::vector<std::string>{"PATH=/usr/bin:/bin", "HOME=" + root_.native(),
                                                                 "GIT_CONFIG_NOSYSTEM=1"}},
                        std::chrono::seconds(60));
    INFO(result.error_output);
    REQUIRE(result.status.success());
    return result.output;
  }
  [[nodiscard]] fs::path repository(const std::string& name, const std::vector<std::string>& options = {}) const {
    fs::create_directories(path(name));
    std::vector<std::string> words{"init", "-q", "-b", "main"};
    words.insert(words.end(), options.begin(), options.end());
    git(path(name), words);
    put(name + "/file", "x");
    git(path(name), {"add", "."});
    git(path(name), {"commit", "-q", "-m", "one"});
    return path(name);
  }
  void put(const std::string& name, const std::string& text) const {
    fs::create_directories(path(name).parent_path());
    write_file_atomically(path(name), text);
  }

 private:
  TempDir directory_{fs::temp_directory_path(), "git"};
  fs::path root_ = fs::canonical(directory_.path());
};

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

TEST_CASE("a repository in the project, and none") {
  const GitTest test;
  const fs::path project = test.repository("p");
  CHECK(find_git_repository(project) == GitRepository{Kind::inside, project / ".git", project / ".git", "", ""});
  fs::create_directories(test.path("none"));
  CHECK(find_git_repository(test.path("none")).kind == Kind::none);
  test.put("none/.git", "no pointer\n");
  CHECK(find_git_repository(test.path("none")).kind == Kind::none);
  CHECK(git_hash_bytes(find_git_repository(project)) == 20);
  const fs::path modern = test.repository("modern", {"--object-format=sha256"});
  CHECK(git_hash_bytes(find_git_repository(modern)) == 32);
}

TEST_CASE("a linked working tree, of an ordinary and of a bare repository") {
  const GitTest test;
  const fs::path main = test.repository("main");
  test.git(main, {"worktree", "add", "-q", test.path("tree").native()});
  CHECK(find_git_repository(test.path("tree")) ==
        GitRepository{Kind::worktree, main / ".git/worktrees/tree", main / ".git", "", ""});

  test.git(main, {"clone", "-q", "--bare", main.native(), test.path("bare/.bare").native()});
  test.git(test.path("bare/.bare"), {"worktree", "add", "-q", test.path("bare/tree").native(), "-b", "topic"});
  CHECK(find_git_repository(test.path("bare/tree")).common == test.path("bare/.bare"));
}

TEST_CASE("a submodule, and a submodule of a linked working tree") {
  const GitTest test;
  const fs::path inner = test.repository("inner");
  const fs::path outer = test.repository("outer");
  test.git(outer, {"submodule", "add", "-q", inner.native(), "sub"});
  test.git(outer, {"commit", "-q", "-m", "with it"});
  const fs::path modules = outer / ".git/modules/sub";
  CHECK(find_git_repository(outer / "sub") == GitRepository{Kind::apart, modules, modules, "", ""});

  test.git(outer, {"worktree", "add", "-q", test.path("tree").native()});
  test.git(test.path("tree"), {"submodule", "update", "-q", "--init"});
  CHECK(find_git_repository(test.path("tree") / "sub").directory == outer / ".git/worktrees/tree/modules/sub");
}

TEST_CASE("a repository elsewhere is used when it says whose it is") {
  const GitTest test;
  fs::create_directories(test.path("p"));
  const fs::path project = test.repository("p", {"--separate-git-dir=" + test.path("elsewhere.git").native()});
  const GitRepository silent = find_git_repository(project);
  CHECK(silent.kind == Kind::refused);
  CHECK_THAT(silent.why, Catch::Matchers::Contains("does not say that it is this project's"));
  CHECK_THAT(silent.advice, Catch::Matchers::Contains("config core.worktree"));
  test.git(project, {"config", "core.worktree", project.native()});
  CHECK(find_git_repository(project).directory == test.path("elsewhere.git"));
  test.git(project, {"status"});
}

// The attacks: a project that comes with a .git file, to be shown what is not its own.
TEST_CASE("a .git file opens no directory that does not name this project") {
  const GitTest test;
  const fs::path victim = test.repository("victim");
  test.git(victim, {"worktree", "add", "-q", test.path("victims-tree").native()});
  fs::create_directories(test.path("home/.ssh"));
  test.put("home/.ssh/id", "secret");
  const auto refusal = [&](const std::string& pointer) {
    test.put("p/.git", "gitdir: " + pointer + "\n");
    const GitRepository found = find_git_repository(test.path("p"));
    CAPTURE(pointer, found.why);
    CHECK((found.kind == Kind::refused || found.kind == Kind::none));
    CHECK(found.directory.empty());
    CHECK(found.common.empty());
    return found.why;
  };
  CHECK_THAT(refusal(test.path("home/.ssh").native()), Catch::Matchers::Contains("is no git directory"));
  CHECK_THAT(refusal("../home/.ssh"), Catch::Matchers::Contains("is no git directory"));
  CHECK_THAT(refusal(victim / ".git"), Catch::Matchers::Contains("does not say that it is this project's"));
  CHECK_THAT(refusal(victim / ".git/worktrees/victims-tree"), Catch::Matchers::Contains("another directory"));
  CHECK_THAT(refusal(test.path("missing")), Catch::Matchers::Contains("is not there"));
  CHECK_THAT(refusal(test.path("victim/file")), Catch::Matchers::Contains("is no directory"));
  CHECK_THAT(refusal("/"), Catch::Matchers::Contains("this project lies in it"));
  refusal("x\ny");
  refusal(std::string(9000, 'x'));

  SECTION("a false tree in the project that names the victim as its repository") {
    test.put("p/fake/worktrees/x/HEAD", "ref: refs/heads/main\n");
    test.put("p/fake/worktrees/x/commondir", (victim / ".git").native() + "\n");
    test.put("p/fake/worktrees/x/gitdir", (test.path("p") / ".git").native() + "\n");
    test.put("p/.git", "gitdir: fake/worktrees/x\n");
    const GitRepository inside = find_git_repository(test.path("p"));
    CHECK(inside.kind == Kind::inside);
    CHECK(inside.common == test.path("p/fake/worktrees/x"));
    test.put("accomplice/.git/worktrees/x/HEAD", "ref: refs/heads/main\n");
    test.put("accomplice/.git/worktrees/x/commondir", (victim / ".git").native() + "\n");
    test.put("accomplice/.git/worktrees/x/gitdir", (test.path("p") / ".git").native() + "\n");
    CHECK_THAT(refusal(test.path("accomplice/.git/worktrees/x")),
               Catch::Matchers::Contains("in which it does not lie"));
  }
  SECTION("links on the way and in it") {
    fs::create_directory_symlink(victim / ".git", test.path("p/link"));
    CHECK_THAT(refusal("link"), Catch::Matchers::Contains("a link is on the way"));
    test.put("fake.git/HEAD", "ref: refs/heads/main\n");
    fs::create_directory_symlink(victim / ".git/objects", test.path("fake.git/objects"));
    fs::create_directories(test.path("fake.git/refs"));
    test.put("fake.git/config", "[core]\nworktree = " + test.path("p").native() + "\n");
    CHECK_THAT(refusal(test.path("fake.git")), Catch::Matchers::Contains("is no git directory"));
  }
  SECTION(".git itself is a link") {
    fs::remove(test.path("p/.git"));
    fs::create_directory_symlink(victim / ".git", test.path("p/.git"));
    CHECK(find_git_repository(test.path("p")).kind == Kind::refused);
  }
}

TEST_CASE("what a working tree that was moved says") {
  const GitTest test;
  const fs::path main = test.repository("main");
  test.git(main, {"worktree", "add", "-q", test.path("tree").native()});
  fs::rename(test.path("tree"), test.path("moved"));
  const GitRepository found = find_git_repository(test.path("moved"));
  CHECK(found.kind == Kind::refused);
  CHECK_THAT(found.advice, Catch::Matchers::Contains("worktree repair"));
  test.git(main, {"worktree", "repair", test.path("moved").native()});
  CHECK(find_git_repository(test.path("moved")).kind == Kind::worktree);
}

TEST_CASE("what git tracks and ignores, as git says") {
  const GitTest test;
  const std::string format = GENERATE(as<std::string>(), "2", "4");
  const std::string hash = GENERATE(as<std::string>(), "sha1", "sha256");
  const fs::path project = test.repository("p", {"--object-format=" + hash});
  test.put("p/build/script", "x");
  test.put("p/web/dist/made", "x");
  test.put("p/web/node_modules/m", "x");
  test.put("p/target/t", "x");
  test.put("p/.gitignore", "node_modules/\n/target\n");
  test.put("p/web/.gitignore", "dist\n");
  test.git(project, {"add", "."});
  test.git(project, {"add", "-f", "web/dist/made"});
  test.git(project, {"update-index", "--index-version", format});
  const std::vector<std::string> asked{"build", "web/dist", "web/node_modules", "target", "elsewhere"};
  const GitView view = ask_git_about(asked, Beneath(project), find_git_repository(project), "elsewhere\n");
  CHECK(view.tree == GitView::Tree::known);
  CHECK(sorted(view.tracked) == std::vector<std::string>{"build", "web/dist"});
  CHECK(sorted(view.ignored) == std::vector<std::string>{"elsewhere", "target", "web/dist", "web/node_modules"});

  test.git(project, {"update-index", "--split-index"});
  CHECK(ask_git_about(asked, Beneath(project), find_git_repository(project), "").tree == GitView::Tree::unknown);
}

// Patterns and paths of a few letters, so that they meet.
TEST_CASE("patterns mean what they mean to git") {
  const GitTest test;
  const fs::path project = test.repository("p");
  std::mt19937 random(7);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> pieces{"a",   "b",  "*", "?", "**", "[ab]", "[!a]", "/", "/",
                                        "\\a", "ab", "!", "#", " ",  "[",    "]",    "-"};
  const std::vector<std::string> names{"a", "b", "ab", "ba", "aa", "a b", "c"};
  std::vector<std::string> paths;
  for (const auto& one : names) {
    paths.push_back(one);
    for (const auto& two : {"a", "ab", "c"}) {
      paths.push_back(one + "/" + two);
      paths.push_back(one + "/" + two + "/b");
    }
  }
  for (const auto& path : paths) {
    fs::create_directories(project / path);
  }
  std::string asked;
  for (const auto& path : paths) {
    asked += path + "\n";
  }
  test.put("asked", asked);
  for (int round = 0; round < 60; ++round) {
    std::string patterns;
    for (std::size_t line = 0; line < 1 + random() % 3; ++line) {
      for (std::size_t piece = 0; piece < 1 + random() % 5; ++piece) {
        patterns += pick(pieces);
      }
      patterns += "\n";
    }
    test.put("p/.gitignore", patterns);
    const UniqueFd input = open_file(test.path("asked"), O_RDONLY);
    std::vector<std::string> by_git;
    run_with_lines(
        {.argv = {"git", "-C", project.native(), "check-ignore", "--no-index", "--stdin"}},
        [&](std::string_view line) { by_git.emplace_back(line); }, input.get());
    IgnoreRules rules;
    rules.add(patterns, "");
    std::vector<std::string> by_us;
    for (const auto& path : paths) {
      if (rules.ignores_directory(path)) {
        by_us.push_back(path);
      }
    }
    CAPTURE(patterns);
    CHECK(sorted(by_us) == sorted(by_git));
  }
}

}  // namespace agentbox::git_test
