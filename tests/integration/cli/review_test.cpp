// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Whose changes `agentbox diff` shows when it is not told a session.
#include "integration/cli/program.hpp"
#include "support/catch.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox::review_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// Keeps one new link named after the session, for review.
void keep_changes(const Program& program, const std::string& session, const fs::path& project, Change::State state = Change::State::open) {
  fs::create_directories(project);
  const NodeState link{.kind = NodeState::Kind::link, .mode = 0, .size = 0, .digest = {}, .target = "t"};
  ChangeStore(program.home() / "data/changes")
      .create({.id = session,
               .agent = "run",
               .project = fs::canonical(project).string(),
               .created = {},
               .odd = {},
               .changes = {{.path = "link-of-" + session, .before = {}, .after = link, .state = state}},
               .origin = ChangeSet::Origin::review},
              [](ChangeSet&, const BlobStore&, const fs::path&) {});
}

Captured diff_in(const Program& program, const fs::path& directory) {
  return program.run_script("cd '" + directory.string() + "' && \"$agentbox\" diff --stat");
}

}  // namespace

TEST_CASE("where agentbox claude ./project was said, diff shows the project's changes") {
  const Program program;
  const TempDir work(fs::temp_directory_path());
  keep_changes(program, "run-a", work.path() / "project");
  for (const fs::path& directory : {work.path() / "project", work.path()}) {
    const Captured shown = diff_in(program, directory);
    CHECK_THAT(shown.output, Contains("link-of-run-a"));
    CHECK(shown.status == ExitStatus::exited(0));
  }
}

TEST_CASE("of several projects below, none is meant, and all are named") {
  const Program program;
  const TempDir work(fs::temp_directory_path());
  keep_changes(program, "run-a", work.path() / "a");
  keep_changes(program, "run-b", work.path() / "b");
  const Captured shown = diff_in(program, work.path());
  CHECK(shown.status == ExitStatus::exited(2));
  CHECK_THAT(shown.error_output, Contains("there are no changes of " + work.path().string()));
  CHECK_THAT(shown.error_output, Contains("run-a in " + (work.path() / "a").string()));
  CHECK_THAT(shown.error_output, Contains("run-b in " + (work.path() / "b").string()));
  CHECK_THAT(diff_in(program, work.path() / "b").output, Contains("link-of-run-b"));
}

TEST_CASE("of several projects below, the one with changes that wait is meant") {
  const Program program;
  const TempDir work(fs::temp_directory_path());
  keep_changes(program, "run-a", work.path() / "a");
  keep_changes(program, "run-b", work.path() / "b", Change::State::applied);
  CHECK_THAT(diff_in(program, work.path()).output, Contains("link-of-run-a"));
}

TEST_CASE("what was mounted beside a project is no second project") {
  const Program program;
  const TempDir work(fs::temp_directory_path());
  keep_changes(program, "run-a", work.path() / "a");
  keep_changes(program, id_of_mount("run-a", 1), work.path() / "mounted");
  CHECK_THAT(diff_in(program, work.path()).output, Contains("link-of-run-a"));
  CHECK_THAT(diff_in(program, work.path() / "mounted").output, Contains("link-of-" + id_of_mount("run-a", 1)));
}

TEST_CASE("the project that the directory is in comes before one below it") {
  const Program program;
  const TempDir work(fs::temp_directory_path());
  keep_changes(program, "run-outer", work.path());
  keep_changes(program, "run-inner", work.path() / "src/inner");
  CHECK_THAT(diff_in(program, work.path() / "src").output, Contains("link-of-run-outer"));
}

TEST_CASE("in a directory that is gone no project is meant") {
  const Program program;
  const TempDir work(fs::temp_directory_path());
  keep_changes(program, "run-a", work.path() / "a");
  fs::create_directory(work.path() / "gone");
  const Captured shown = program.run_script("cd '" + (work.path() / "gone").string() + "' && rmdir ../gone && \"$agentbox\" diff --stat");
  CHECK(shown.status == ExitStatus::exited(2));
  CHECK_THAT(shown.error_output, Contains("the current directory is gone"));
}

}  // namespace agentbox::review_test
