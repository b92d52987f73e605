// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/rules.hpp"

#include "core/error.hpp"
#include "guard/trees.hpp"
#include "support/catch.hpp"

namespace agentbox::rules_test {

namespace {

GitPlace place(const std::string& path) { return git_place(parts_of(path)); }

Standing standing(const std::string& path) {
  static const Guard guard(default_guard_rules());
  return guard.standing(parts_of(path));
}

bool leads_below(const std::string& path) {
  static const Guard guard(default_guard_rules());
  return guard.leads_below(parts_of(path));
}

}  // namespace

TEST_CASE("what a path is to git") {
  for (const char* path : {".git/hooks", ".git/hooks/pre-commit", ".git/hooks/deep/er", ".git/config", ".git/config.lock",
                           ".git/config.worktree", ".git/commondir", ".git/info/attributes", "a/b/.git/config", ".GIT/Hooks/x",
                           ".git/modules/lib/hooks/x", ".git/modules/lib/config", ".git/modules/a/b/config", ".git/modules/a/modules/b/hooks",
                           ".git/worktrees/w/config.worktree"}) {
    INFO(path);
    CHECK(place(path) == GitPlace::settings);
  }
  // Branches may be called anything.
  for (const char* path : {"src", "hooks", "config", ".github/hooks", ".git/HEAD", ".git/index", ".git/index.lock", ".git/refs/heads/hooks",
                           ".git/refs/heads/config", ".git/objects/info/alternates", ".git/info/exclude", ".git/modules/lib/refs/heads/config",
                           ".git/modules/lib/index", ".git/modules/lib/index.lock", ".git/modules/lib/objects/ab/cd",
                           ".git/worktrees/w/HEAD", ".git/worktrees/w/logs/HEAD", ".git/logs/refs/heads/hooks", "x.git/config"}) {
    INFO(path);
    CHECK(place(path) == GitPlace::ordinary);
  }
  for (const char* path : {".git", "a/.git", "a/b/.Git"}) {
    INFO(path);
    CHECK(place(path) == GitPlace::repository);
  }
  for (const char* path : {".git/info", ".git/modules", ".git/modules/lib", ".git/modules/a/b", ".git/worktrees", ".git/worktrees/w"}) {
    INFO(path);
    CHECK(place(path) == GitPlace::holds);
  }
  CHECK(place(".git/worktrees/w/commondir") == GitPlace::once);
  CHECK(place(".git/worktrees/w/gitdir") == GitPlace::once);
}

TEST_CASE("secrets are hidden, their examples and what only looks like them are not") {
  for (const char* path : {".env", "a/.env", ".env.production", "deep/er/.ENV", "server.pem", "tls/server.key", "id_rsa", "id_ed25519_work",
                           ".ssh/config", ".aws/credentials", "home/.docker/config.json", ".netrc", "a/node_modules.d/.env"}) {
    INFO(path);
    CHECK(standing(path) == Standing::hidden);
  }
  for (const char* path : {".env.example", "a/.env.sample", "env", "environment", "x.pem.txt", "id_rsa.pub", "id_ed25519_work.pub", "keys",
                           "node_modules/p/server.key", "a/node_modules/p/.env", "lib/site-packages/certifi/cacert.pem", "pkg/testdata/x.pem",
                           ".git/refs/heads/fix.key", ".git/logs/refs/heads/.env"}) {
    INFO(path);
    CHECK(standing(path) == Standing::free);
  }
}

TEST_CASE("settings that start programs on the host are guarded") {
  for (const char* path : {".git/config", "sub/.git/hooks/x", ".claude/settings.json", "a/.claude/hooks/x.sh", ".mcp.json", ".husky/pre-commit",
                           ".vscode/tasks.json", ".agentboxignore", ".agentbox.yaml"}) {
    INFO(path);
    CHECK(standing(path) == Standing::guarded);
  }
  for (const char* path : {".claude/commands/x.md", ".vscode/settings.json", "package.json", "sub/.agentboxignore", "CLAUDE.md"}) {
    INFO(path);
    CHECK(standing(path) == Standing::free);
  }
}

// The attack: the guarded names are made elsewhere, and the directory is moved to where they count.
TEST_CASE("directories that give what is below its standing are known") {
  for (const char* path : {".git", "sub/.git", ".git/modules/lib", ".git/worktrees/w", ".git/info", ".claude", "a/.claude", ".vscode", ".aws"}) {
    INFO(path);
    CHECK(leads_below(path));
  }
  for (const char* path : {"src", "a/b", ".git/objects", ".git/refs/heads", ".git/index.lock", ".git/modules/lib/index.lock", ".claude/commands"}) {
    INFO(path);
    CHECK_FALSE(leads_below(path));
  }
}

TEST_CASE("a policy's patterns can take back what is done by itself, but for git's settings") {
  GuardRules rules = default_guard_rules();
  rules.hidden.emplace_back("!server.pem");
  rules.guarded.insert(rules.guarded.end(), {"!.vscode/tasks.json", "!.git/config", "/deploy"});
  const Guard guard(rules);
  CHECK(guard.standing(parts_of("a/server.pem")) == Standing::free);
  CHECK(guard.standing(parts_of(".vscode/tasks.json")) == Standing::free);
  CHECK(guard.standing(parts_of(".git/config")) == Standing::guarded);
  CHECK(guard.standing(parts_of("deploy/run.sh")) == Standing::guarded);
  CHECK(guard.standing(parts_of("a/deploy")) == Standing::free);
}

// The project is hostile: a cloned repository's .agentboxignore must not show what is hidden.
TEST_CASE("an .agentboxignore hides more and shows nothing") {
  GuardRules rules = default_guard_rules();
  rules.hidden_by_project = parse_ignore_file("# secrets\n\n!.env\n*.secret\n!public.secret\n/private/ \r\n", ".agentboxignore");
  CHECK(rules.hidden_by_project == std::vector<std::string>{"!.env", "*.secret", "!public.secret", "/private/"});
  const Guard guard(rules);
  CHECK(guard.standing(parts_of(".env")) == Standing::hidden);
  CHECK(guard.standing(parts_of("a/x.secret")) == Standing::hidden);
  CHECK(guard.standing(parts_of("public.secret")) == Standing::free);
  CHECK(guard.standing(parts_of("private/x")) == Standing::hidden);
  CHECK(guard.standing(parts_of("a/private")) == Standing::free);
  try {
    parse_ignore_file("ok\n../up\n", "p/.agentboxignore");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("p/.agentboxignore:2: "));
  }
}

TEST_CASE("a repository's own directory can be guarded where it lies") {
  GuardRules rules = default_guard_rules();
  rules.top = GuardRules::Top::git_directory;
  const Guard guard(rules);
  CHECK(guard.standing(parts_of("hooks/pre-push")) == Standing::guarded);
  CHECK(guard.standing(parts_of("config")) == Standing::guarded);
  CHECK(guard.standing(parts_of("refs/heads/config")) == Standing::free);
  CHECK(guard.leads_below(parts_of("modules/x")));
  CHECK(guard.repository_of(parts_of("config")) == std::optional(-1));
}

TEST_CASE("trees reach agentbox-guard as they are") {
  GuardRules rules = default_guard_rules();
  rules.hidden_by_project = {"a b", "*"};
  const std::vector<GuardedTree> trees{{.path = "/workspace", .rules = rules, .repositories = {.directories = {{1, 2}, {3, 4}}}, .stand_in = {5, 6}},
                                       {.path = "/directories/x",
                                        .rules = {.guarded = {}, .hidden = {}, .top = GuardRules::Top::git_directory, .hidden_by_project = {}},
                                        .repositories = {.directories = {}, .extent = KnownRepositories::Extent::some}, .stand_in = {}}};
  const std::string text = to_text(trees);
  const auto parsed = parse_guarded_trees(text);
  REQUIRE(parsed.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(parsed[i].path == trees[i].path);
    CHECK(parsed[i].rules == trees[i].rules);
    CHECK(parsed[i].repositories == trees[i].repositories);
    CHECK(parsed[i].stand_in == trees[i].stand_in);
  }
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    CHECK_THROWS_AS(parse_guarded_trees(std::string_view(text).substr(0, cut)), Error);
  }
}

}  // namespace agentbox::rules_test
