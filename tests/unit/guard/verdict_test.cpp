// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/process/verdict.hpp"

#include "support/catch.hpp"

#include <cerrno>
#include <map>
#include <vector>

namespace agentbox::verdict_test {

using Verb = NameCall::Verb;

namespace {

/// A project with a repository that was there (inode 1); the test says what else there is.
class World {
 public:
  std::map<std::string, std::uint64_t> directories{{"/workspace/.git", 1}};

  int judge(Verb verb, const std::string& path, const std::string& other = {}) const {
    static const GuardedTrees trees(std::vector<GuardedTree>{
        {.path = "/workspace", .rules = default_guard_rules(), .repositories = {.directories = {{.device = 7, .inode = 1}}}, .stand_in = {}}});
    return trees.judge(verb, {asked(path), other.empty() ? std::nullopt : std::optional(asked(other))});
  }

 private:
  AskedName asked(const std::string& path) const {
    return {.path = path, .file = [this, path](std::size_t part) -> std::optional<FileId> {
              std::string place;
              const auto parts = parts_of(path);
              for (std::size_t i = 0; i <= part; ++i) {
                (place += '/') += parts[i];
              }
              const auto found = directories.find(place);
              return found == directories.end() ? std::nullopt : std::optional(FileId{7, found->second});
            }};
  }
};

}  // namespace

TEST_CASE("hidden names can be neither read, made, moved nor linked") {
  const World world;
  const std::string secret = "/workspace/a/.env";
  for (const Verb verb : {Verb::open_to_read, Verb::open_to_write, Verb::make, Verb::make_directory, Verb::make_link, Verb::remove}) {
    CHECK(world.judge(verb, secret) == EACCES);
    CHECK(world.judge(verb, "/workspace/a/env") == 0);
    CHECK(world.judge(verb, "/elsewhere/.env") == 0);
  }
  for (const Verb verb : {Verb::move, Verb::hard_link}) {
    CHECK(world.judge(verb, secret, "/workspace/a/x") == EACCES);
    CHECK(world.judge(verb, "/workspace/a/x", secret) == EACCES);
    CHECK(world.judge(verb, "/workspace/a/x", "/workspace/a/y") == 0);
  }
}

// A copy of a project failed at its first hidden file, although nothing stood in it.
TEST_CASE("what is mounted over a hidden file can be read") {
  const GuardedTrees trees(std::vector<GuardedTree>{
      {.path = "/workspace", .rules = default_guard_rules(), .repositories = {}, .stand_in = {.device = 7, .inode = 9}}});
  const auto judge = [&](Verb verb, std::uint64_t inode) {
    return trees.judge(verb, {AskedName{.path = "/workspace/.env", .file = [inode](std::size_t) { return FileId{7, inode}; }}, std::nullopt});
  };
  CHECK(judge(Verb::open_to_read, 9) == 0);
  CHECK(judge(Verb::open_to_read, 8) == EACCES);
  CHECK(judge(Verb::open_to_write, 9) == EACCES);
  CHECK(judge(Verb::remove, 9) == EACCES);
}

TEST_CASE("guarded names can be read and nothing else") {
  const World world;
  for (const char* path : {"/workspace/.git/hooks/pre-commit", "/workspace/.git/config", "/workspace/.mcp.json"}) {
    CHECK(world.judge(Verb::open_to_read, path) == 0);
    for (const Verb verb : {Verb::open_to_write, Verb::make, Verb::make_directory, Verb::make_link, Verb::remove}) {
      CHECK(world.judge(verb, path) == EPERM);
    }
    for (const Verb verb : {Verb::move, Verb::hard_link}) {
      CHECK(world.judge(verb, path, "/workspace/x") == EPERM);
      CHECK(world.judge(verb, "/workspace/x", path) == EPERM);
    }
  }
}

TEST_CASE("what git does all day is free") {
  const World world;
  for (const char* path : {"/workspace/.git/index.lock", "/workspace/.git/objects/ab/cd", "/workspace/.git/refs/heads/hooks",
                           "/workspace/.git/worktrees/w/commondir", "/workspace/w/.git"}) {
    INFO(path);
    CHECK(world.judge(Verb::open_to_write, path) == 0);
  }
  CHECK(world.judge(Verb::move, "/workspace/.git/index.lock", "/workspace/.git/index") == 0);
  CHECK(world.judge(Verb::make_directory, "/workspace/.git/worktrees/w") == 0);
  CHECK(world.judge(Verb::make_directory, "/workspace/.git/worktrees") == 0);
}

// The attack: what matters is made under another name and moved into place, or what is in place is moved away.
TEST_CASE("nothing is moved or linked to where it would get a meaning, or away from there") {
  const World world;
  for (const char* path : {"/workspace/.git", "/workspace/.git/modules/lib", "/workspace/.git/worktrees/w", "/workspace/.git/info",
                           "/workspace/.claude", "/workspace/a/.vscode"}) {
    INFO(path);
    CHECK(world.judge(Verb::move, path, "/workspace/x") == EPERM);
    CHECK(world.judge(Verb::move, "/workspace/x", path) == EPERM);
    CHECK(world.judge(Verb::make_link, path) == EPERM);
  }
  CHECK(world.judge(Verb::make_directory, "/workspace/.claude") == 0);
  CHECK(world.judge(Verb::move, "/workspace/x", "/workspace/y") == 0);
}

TEST_CASE("repositories that a guest makes are its own") {
  World world;
  CHECK(world.judge(Verb::make_directory, "/workspace/new/.git") == 0);
  CHECK(world.judge(Verb::move, "/workspace/x", "/workspace/new/.git") == 0);
  world.directories["/workspace/new/.git"] = 2;
  CHECK(world.judge(Verb::open_to_write, "/workspace/new/.git/config.lock") == 0);
  CHECK(world.judge(Verb::make_directory, "/workspace/new/.git/hooks") == 0);
  CHECK(world.judge(Verb::move, "/workspace/new/.git", "/workspace/x") == 0);
  // Moved along with its parent, the one that was there is still that one.
  world.directories["/workspace/moved/.git"] = 1;
  CHECK(world.judge(Verb::open_to_write, "/workspace/moved/.git/config.lock") == EPERM);
  // What cannot be looked at counts as one that was there.
  CHECK(world.judge(Verb::open_to_write, "/workspace/unseen/.git/config") == EPERM);
}

TEST_CASE("a name that cannot be read is refused") {
  const GuardedTrees trees(std::vector<GuardedTree>{{.path = "/workspace", .rules = {}, .repositories = {}, .stand_in = {}}});
  CHECK(trees.judge(Verb::open_to_read, {}) == EACCES);
}

TEST_CASE("names are joined by their text") {
  CHECK(joined_path("/a/b", "c") == "/a/b/c");
  CHECK(joined_path("/a/b", "../c/./d") == "/a/c/d");
  CHECK(joined_path("/a/b", "/c//d/") == "/c/d");
  CHECK(joined_path("/", "..") == "");
}

}  // namespace agentbox::verdict_test
