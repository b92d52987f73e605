// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/self_running.hpp"

#include "support/catch.hpp"

namespace agentbox::self_running_test {

TEST_CASE("what runs by itself on the host is known by its name") {
  struct Row {
    const char* path;
    const char* by;
  };
  for (const auto& [path, by] :
       {Row{".git/hooks/pre-commit", "git"}, {".git/config", "git"}, {"sub/.git", "git"}, {".gitmodules", "git"}, {"a/.gitattributes", "git"},
        {".husky/pre-push", "git"}, {".envrc", "direnv"}, {"a/.envrc", "direnv"}, {".vscode/settings.json", "an editor"},
        {".idea/workspace.xml", "an editor"}, {".claude/commands/x.md", "an agent"}, {".codex/config.toml", "an agent"},
        {".gemini/x", "an agent"}, {".cursor/rules/x", "an agent"}, {".mcp.json", "an agent"}, {".npmrc", "a package manager"},
        {"web/package.json", "a package manager"}, {"Makefile", "a build"}, {"rules.mk", "a build"}, {".github/workflows/ci.yml", "a CI service"},
        {".gitlab-ci.yml", "a CI service"}, {"tests/conftest.py", "Python"}, {"sitecustomize.py", "Python"}}) {
    INFO(path);
    CHECK(runs_by_itself(parts_of(path)) == std::optional<std::string>(by));
  }
  for (const char* path : {"src/main.cpp", ".git/index", ".git/refs/heads/config", ".git/hooks/pre-commit.sample", ".git/objects/ab/cd", "README.md",
                           "node_modules/p/package.json", "a/node_modules/p/Makefile", "lib/site-packages/x.pth", "makefiles/x"}) {
    INFO(path);
    CHECK_FALSE(runs_by_itself(parts_of(path)));
  }
}

TEST_CASE("of a package.json only what it runs matters") {
  CHECK(says_what_to_run(parts_of("a/package.json")));
  CHECK_FALSE(says_what_to_run(parts_of("package.json.bak")));
  const std::string one = R"({"version": "1", "scripts": {"test": "true"}})";
  CHECK_FALSE(runs_something_else(one, R"({"version": "2", "scripts": {"test": "true"}})"));
  CHECK(runs_something_else(one, R"({"version": "1", "scripts": {"test": "evil"}})"));
  CHECK(runs_something_else(one, R"({"version": "1"})"));
  CHECK(runs_something_else(one, "no JSON"));
}

}  // namespace agentbox::self_running_test
