// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "core/error.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/changed_project.hpp"
#include "support/killed_at.hpp"
#include "sys/process.hpp"
#include "workspace/git/commit.hpp"
#include "workspace/git/take_back.hpp"
#include "workspace/git/plumbing.hpp"

namespace agentbox::git_commit_test {

using test::Archive;
using Place = test::ChangedProject;
namespace fs = std::filesystem;

namespace {

/// A project in a repository, as a user has it.
struct Repository : Place {
  fs::path top = project;

  explicit Repository(const std::string& format = "sha1", const std::string& below = "") {
    ::setenv("GIT_CONFIG_GLOBAL", (directory.path() / "gitconfig").c_str(), 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    std::ofstream(directory.path() / "gitconfig") << "[user]\nname = A U Thor\nemail = author@example.com\n[init]\ndefaultBranch = main\n";
    git({"init", "-q", "--object-format=" + format, top.string()});
    if (!below.empty()) {
      project = top / below;
      fs::create_directories(project);
    }
  }

  std::string git(std::vector<std::string> arguments, const fs::path& where = {}) const {
    arguments.insert(arguments.begin(), {"git", "-C", (where.empty() ? top : where).string()});
    const Captured result = run_and_capture({.argv = arguments}, std::chrono::seconds(60));
    INFO(join(arguments, " ") << "\n" << result.error_output);
    REQUIRE(result.status.success());
    return std::string(trim(result.output));
  }
  void commit_all() const {
    git({"add", "-A"});
    git({"commit", "-qm", "first"});
  }
  [[nodiscard]] CommitResult branch(const ChangeSet& set, const std::string& name, const std::vector<std::string>& paths = {}) const {
    std::vector<std::string> held;
    return put_on_branch(store, set, pick_changes(set, paths, held), paths, name, "A message");
  }
  [[nodiscard]] CommitResult commit(const ChangeSet& set, const std::vector<std::string>& paths = {}) const {
    std::vector<std::string> held;
    return apply_and_commit(store, set, pick_changes(set, paths, held), paths, "A message");
  }
  /// Of the checkout: files, index, HEAD and branches.
  [[nodiscard]] std::string state() const {
    std::string text = git({"status", "--porcelain", "-uall", "--ignored"}) + "\n" + git({"ls-files", "-s"}) + "\n" + git({"for-each-ref"}) + "\n";
    for (const auto& [path, node] : test::tree_of(top)) {
      text += path.starts_with(".git") && !path.starts_with(".gitignore") ? "" : path + " " + node + "\n";
    }
    return text;
  }
};

std::string usage_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string session_work() {
  return Archive()
      .file("tree/a", "A\n")
      .file("gone/gone")
      .directory("tree/new")
      .file("tree/new/run", "#!/bin/sh\n", 0755)
      .link("tree/link", "new/run")
      .file("tree/n\nl\xff", "odd\n")
      .file("tree/-dash", "")
      .end();
}

void fill(Repository& place) {
  place.write("a", "a\n");
  place.write("gone", "g\n");
  place.write("stays", "s\n");
  place.commit_all();
  place.settle();
}

}  // namespace

TEST_CASE("a new branch has the changes on top of HEAD, checkout and index stay as they are") {
  const auto format = GENERATE(as<std::string>{}, "sha1", "sha256");
  const auto below = GENERATE(as<std::string>{}, "", "sub/dir");
  Repository place(format, below);
  fill(place);
  place.write("untracked", "mine");
  place.write("stays", "mine, too\n");
  const std::string before = place.state();
  const ChangeSet set = place.propose(session_work());
  const CommitResult result = place.branch(set, "agent/fix");
  REQUIRE(result.applied.conflicts.empty());
  CHECK(place.git({"rev-parse", "agent/fix"}) == result.commit.commit);
  CHECK(place.git({"rev-parse", "agent/fix^"}) == place.git({"rev-parse", "HEAD"}));
  const std::string prefix = below.empty() ? "" : below + "/";
  std::string expected;
  for (const auto* line : {"A\t-dash", "M\ta", "D\tgone", "A\tlink", "A\t\"n\\nl\\377\"", "A\tnew/run"}) {
    std::string one = line;
    one.insert(one.find('"') == std::string::npos ? 2 : 3, prefix);
    expected += one + "\n";
  }
  CHECK(place.git({"diff", "--no-renames", "--name-status", "HEAD", "agent/fix"}) + "\n" == expected);
  CHECK(place.git({"show", "agent/fix:" + prefix + "a"}) == "A");
  CHECK(place.git({"ls-tree", "agent/fix", prefix + "new/run"}).starts_with("100755"));
  CHECK(place.git({"ls-tree", "agent/fix", prefix + "link"}).starts_with("120000"));
  CHECK(place.git({"log", "-1", "--format=%an <%ae>|%s", "agent/fix"}) == "A U Thor <author@example.com>|A message");
  place.git({"update-ref", "-d", "refs/heads/agent/fix"});
  CHECK(place.state() == before);
  place.git({"fsck", "--strict"});
}

TEST_CASE("a branch is taken back while it is as it was made") {
  Repository place;
  fill(place);
  const std::string before = place.state();
  const ChangeSet set = place.propose(session_work());
  REQUIRE(place.branch(set, "b").applied.conflicts.empty());
  CHECK(count_open(place.store.load("run-x")) == 0);
  SECTION("as it was made") {
    CHECK(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
    CHECK(place.state() == before);
    CHECK(place.store.load("run-x") == set);
    CHECK(place.branch(place.store.load("run-x"), "b").applied.conflicts.empty());  // and again
  }
  SECTION("checked out") {
    place.git({"worktree", "add", "-q", (place.directory.path() / "other").string(), "b"});
    CHECK(usage_of([&] { undo_changes(place.store, place.store.load("run-x")); }).find("checked out") != std::string::npos);
    CHECK(place.git({"rev-parse", "--verify", "b"}).size() == 40);
  }
  SECTION("gone on with") {
    place.git({"update-ref", "refs/heads/b", "HEAD"});
    CHECK(usage_of([&] { undo_changes(place.store, place.store.load("run-x")); }).find("moved on") != std::string::npos);
  }
  SECTION("removed by its user") {
    place.git({"branch", "-qD", "b"});
    CHECK(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
    CHECK(place.store.load("run-x") == set);
  }
}

TEST_CASE("names that cannot be new branches are refused, and nothing is done") {
  Repository place;
  fill(place);
  const ChangeSet set = place.propose(session_work());
  const std::string before = place.state();
  for (const auto* name : {"main", "", "-x", "HEAD", "a..b", "x.lock", "a b", "a\nb", "@{-1}", "a/"}) {
    INFO(name);
    CHECK_FALSE(usage_of([&] { static_cast<void>(place.branch(set, name)); }).empty());
  }
  CHECK(place.state() == before);
  CHECK(place.store.load("run-x") == set);
}

TEST_CASE("what HEAD has differently than the session began with is a conflict") {
  Repository place;
  fill(place);
  SECTION("an edit that was not committed when the session began") {
    place.write("a", "edited\n");
    place.settle();
  }
  SECTION("a commit since") {
    place.write("a", "later\n");
    place.commit_all();
    place.write("a", "a\n");
    place.settle();
  }
  SECTION("a directory in the place of what is new") {
    place.write("-dash/x", "x");
    place.commit_all();
    fs::remove_all(place.project / "-dash");
    place.settle();
  }
  const ChangeSet set = place.propose(session_work());
  const std::string before = place.state();
  CHECK(place.branch(set, "b").applied.conflicts.size() == 1);
  CHECK(place.commit(set).applied.conflicts.size() == 1);
  CHECK(place.state() == before);
  CHECK(place.store.load("run-x") == set);
}

TEST_CASE("a repository without commits, a detached HEAD, a linked worktree") {
  SECTION("without commits") {
    Repository place;
    place.write("a", "a\n");
    place.settle();
    const ChangeSet set = place.propose(Archive().file("tree/b", "b\n").end());
    CHECK_FALSE(usage_of([&] { static_cast<void>(place.branch(set, "main")); }).empty());  // it is checked out, in a way
    REQUIRE(place.branch(set, "b").applied.conflicts.empty());
    CHECK(place.git({"ls-tree", "-r", "--name-only", "b"}) == "b");
    CHECK(place.git({"rev-list", "--count", "b"}) == "1");
    CHECK(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
    CHECK(place.git({"for-each-ref"}).empty());
    const CommitResult first = place.commit(place.store.load("run-x"));
    REQUIRE(first.applied.conflicts.empty());
    CHECK(place.git({"rev-parse", "main"}) == first.commit.commit);
    CHECK(place.git({"status", "--porcelain"}) == "?? a");
    CHECK(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
    CHECK(place.git({"for-each-ref"}).empty());
    CHECK(place.git({"status", "--porcelain"}) == "?? a");
  }
  SECTION("detached") {
    Repository place;
    fill(place);
    place.git({"checkout", "-q", "--detach"});
    const ChangeSet set = place.propose(session_work());
    const CommitResult result = place.commit(set);
    REQUIRE(result.applied.conflicts.empty());
    CHECK(result.commit.ref == "HEAD");
    CHECK(place.git({"rev-parse", "HEAD"}) == result.commit.commit);
    CHECK(place.git({"rev-parse", "main"}) != result.commit.commit);
  }
  SECTION("a linked worktree") {
    Repository place;
    fill(place);
    const fs::path linked = place.directory.path() / "linked";
    place.git({"worktree", "add", "-q", "-b", "side", linked.string()});
    const std::string before = place.state();
    place.project = linked;
    place.settle();
    const CommitResult result = place.commit(place.propose(session_work()));
    REQUIRE(result.applied.conflicts.empty());
    CHECK(result.commit.ref == "refs/heads/side");
    CHECK(place.git({"status", "--porcelain"}, linked).empty());
    CHECK(place.git({"rev-parse", "main"}) == place.git({"rev-parse", "side^"}));
    place.git({"update-ref", "refs/heads/side", "main"});
    CHECK(place.state() == before);
  }
}

TEST_CASE("apply --commit applies and commits the changes, and nothing of the user's") {
  Repository place;
  fill(place);
  place.write("staged", "s");
  place.git({"add", "staged"});
  place.write("stays", "edited\n");
  const std::string before = place.state();
  const ChangeSet set = place.propose(session_work());
  const CommitResult result = place.commit(set);
  REQUIRE(result.applied.conflicts.empty());
  CHECK(place.git({"rev-parse", "main"}) == result.commit.commit);
  CHECK(place.git({"status", "--porcelain"}) == "A  staged\n M stays");
  CHECK(place.read("a") == "A\n");
  CHECK(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
  CHECK(place.state() == before);
  CHECK(place.store.load("run-x") == set);
}

TEST_CASE("apply --commit leaves a file alone that has something in the index, and what is in a merge") {
  Repository place;
  fill(place);
  place.write("a", "staged\n");
  place.git({"add", "a"});
  place.write("a", "a\n");
  place.settle();
  const ChangeSet set = place.propose(session_work());
  const std::string before = place.state();
  CHECK(place.commit(set).applied.conflicts.size() == 1);
  CHECK(place.state() == before);
}

TEST_CASE("a commit that was built upon is not taken back, nor are the files") {
  Repository place;
  fill(place);
  REQUIRE(place.commit(place.propose(session_work())).applied.conflicts.empty());
  place.git({"commit", "-q", "--allow-empty", "-m", "mine"});
  const std::string before = place.state();
  CHECK(usage_of([&] { undo_changes(place.store, place.store.load("run-x")); }).find("moved on") != std::string::npos);
  CHECK(place.state() == before);
}

TEST_CASE("no program that the repository names is run: hooks, monitors, filters, signers, aliases") {
  Repository place;
  fill(place);
  const fs::path mark = place.directory.path() / "ran";
  const fs::path evil = place.directory.path() / "evil";
  std::ofstream(evil) << "#!/bin/sh\necho \"$0\" >> '" << mark.string() << "'\ncat\n";
  ::chmod(evil.c_str(), 0755);
  place.write(".gitattributes", "plain -filter\n");
  place.git({"add", ".gitattributes"});
  place.git({"commit", "-qm", "attributes"});
  place.settle();
  fs::create_directories(place.top / ".git/hooks");
  for (const auto* hook : {"pre-commit", "post-commit", "commit-msg", "prepare-commit-msg", "reference-transaction", "post-index-change", "post-checkout",
                           "pre-auto-gc", "post-rewrite", "fsmonitor-watchman"}) {
    fs::copy_file(evil, place.top / ".git/hooks" / hook, fs::copy_options::overwrite_existing);
  }
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{{"core.fsmonitor", evil.string()},
                                                                                   {"core.hooksPath", (place.top / ".git/hooks").string()},
                                                                                   {"commit.gpgSign", "true"},
                                                                                   {"gpg.program", evil.string()},
                                                                                   {"core.editor", evil.string()},
                                                                                   {"core.pager", evil.string()},
                                                                                   {"core.sshCommand", evil.string()},
                                                                                   {"diff.external", evil.string()},
                                                                                   {"filter.bad.clean", evil.string()},
                                                                                   {"filter.bad.process", evil.string()},
                                                                                   {"alias.update-index", "!" + evil.string()}}) {
    place.git({"config", key, value});
  }
  const ChangeSet set = place.propose(session_work());
  REQUIRE(place.branch(set, "b").applied.conflicts.empty());
  REQUIRE(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
  REQUIRE(place.commit(place.store.load("run-x")).applied.conflicts.empty());
  REQUIRE(undo_changes(place.store, place.store.load("run-x")).conflicts.empty());
  CHECK_FALSE(fs::exists(mark));
  // And the test would see it.
  run_and_capture({.argv = {"git", "-C", place.top.string(), "commit", "-q", "--allow-empty", "-m", "x"}}, std::chrono::seconds(60));
  CHECK(fs::exists(mark));
}

TEST_CASE("git cannot start another program, whatever makes it try") {
  Repository place;
  fill(place);
  const TempDir scratch(place.directory.path());
  const GitPlumbing git(place.project, scratch.path());
  const fs::path mark = place.directory.path() / "ran";
  CHECK_FALSE(usage_of([&] { git.run({"-c", "alias.x=!touch " + mark.string(), "x"}); }).empty());
  CHECK_FALSE(fs::exists(mark));
}

TEST_CASE("new files that .gitignore names stay out of a commit, by the session's own rules, too, tracked ones do not") {
  Repository place;
  place.write(".gitignore", "*.log\n");
  place.write("a", "a\n");
  place.write("tracked.log", "t\n");
  place.git({"add", "-f", "tracked.log", ".gitignore", "a"});
  place.git({"commit", "-qm", "first"});
  place.settle();
  const ChangeSet set = place.propose(Archive()
                                          .file("tree/.gitignore", "*.log\n/node_modules/\n")
                                          .file("tree/x.log", "x")
                                          .file("tree/tracked.log", "T\n")
                                          .directory("tree/node_modules")
                                          .directory("tree/node_modules/deep")
                                          .file("tree/node_modules/deep/i.js", "i")
                                          .end());
  const CommitResult result = place.branch(set, "b");
  CHECK(result.left_out.size() == 2);
  CHECK(place.git({"diff", "--name-only", "HEAD", "b"}) == ".gitignore\ntracked.log");
  CHECK(count_open(place.store.load("run-x")) == 4);  // two files and their directories
  const CommitResult named = place.branch(place.store.load("run-x"), "c", {"x.log"});
  CHECK(named.left_out.empty());
  CHECK(place.git({"diff", "--name-only", "HEAD", "c"}) == "x.log");
}

TEST_CASE("what .gitattributes wants converted by a program is not committed as it is") {
  Repository place;
  fill(place);
  const ChangeSet set = place.propose(Archive().file("tree/.gitattributes", "*.bin filter=lfs\n").file("tree/x.bin", "x").file("tree/y", "y").end());
  CHECK(place.branch(set, "b").applied.conflicts.size() == 1);
  CHECK(place.branch(set, "b", {"y"}).applied.conflicts.empty());
}

TEST_CASE("git's own files and submodules are never part of a commit") {
  Repository place;
  fill(place);
  place.git({"update-index", "--add", "--cacheinfo", "160000," + place.git({"rev-parse", "HEAD"}) + ",module"});
  place.git({"commit", "-qm", "module"});
  fs::create_directory(place.project / "module");
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/module/x", "x").file("tree/.git/refs/heads/evil", "0").file("tree/ok", "ok").end());
  const CommitResult refused = place.branch(set, "b");
  REQUIRE(refused.applied.conflicts.size() == 1);
  CHECK(refused.applied.conflicts.front().find("submodule") != std::string::npos);
  const CommitResult result = place.branch(set, "b", {"ok", ".git"});
  CHECK(result.left_out.size() == 1);
  CHECK(place.git({"diff", "--name-only", "HEAD", "b"}) == "ok");
}

TEST_CASE("killed before any of git's starts: the branch is there whole, or not at all, and the checkout is untouched") {
  Repository place;
  fill(place);
  const ChangeSet set = place.propose(session_work());
  const std::string before = place.state();
  bool ended = false;
  for (std::size_t call = 1; !ended; ++call) {
    INFO("before start " << call);
    REQUIRE(call < 100);
    ended = test::kill_before_call(call, test::starts_process, [&] {
              std::vector<std::string> held;
              static_cast<void>(put_on_branch(place.store, set, pick_changes(set, {}, held), {}, "b", "m"));
            }) == test::Ending::by_itself;
    if (!ended) {
      CHECK(place.state() == before);
      CHECK(place.store.load("run-x") == set);
    }
  }
  CHECK(place.git({"show", "b:a"}) == "A");
}

TEST_CASE("a project in no repository says so") {
  Place place;
  place.settle();
  const ChangeSet set = place.propose(Archive().file("tree/a", "a").end());
  std::vector<std::string> held;
  CHECK(usage_of([&] { static_cast<void>(put_on_branch(place.store, set, pick_changes(set, {}, held), {}, "b", "m")); }).find("no git repository") !=
        std::string::npos);
}

}  // namespace agentbox::git_commit_test
