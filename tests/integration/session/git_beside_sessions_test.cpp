// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "session/review.hpp"
#include "session/run_plan.hpp"
#include "session/shared_directories.hpp"
#include "support/catch.hpp"
#include "support/installed.hpp"

#include <fstream>

namespace agentbox::git_beside_sessions_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// A repository with a linked working tree beside it, and what sessions are known.
struct Place : Installed {
  fs::path repository = fs::canonical(home.path()) / "repository";
  fs::path worktree = fs::canonical(home.path()) / "worktree";

  Place() {
    const fs::path own = repository / ".git/worktrees/w";
    for (const auto& directory :
         {repository / ".git/objects", repository / ".git/refs", repository / "project", own, worktree}) {
      fs::create_directories(directory);
    }
    std::ofstream(repository / ".git/HEAD") << "ref: refs/heads/main\n";
    std::ofstream(own / "HEAD") << "ref: refs/heads/w\n";
    std::ofstream(own / "commondir") << "../..\n";
    std::ofstream(own / "gitdir") << (worktree / ".git").native() << "\n";
    std::ofstream(worktree / ".git") << "gitdir: " << own.native() << "\n";
  }

  SessionHandle session(const RunPlan& plan) {
    SessionHandle handle = sessions.create("run");
    handle.update([&](SessionRecord& record) {
      record.phase = SessionPhase::running;
      record.project = plan.project;
      record.writable = writable_directories(plan);
    });
    return handle;
  }
  void refuse_git(const fs::path& project) const { refuse_git_beside_live_sessions(project.native(), application); }
};

PlannedDirectory mount(const fs::path& directory, WorkspaceExport::Access access) {
  return {.host = directory, .guest = "/elsewhere", .access = access};
}

}  // namespace

// It once looked at the live project alone, so a guest could write, by a mount, to the repository that git was just
// working in.
TEST_CASE("git is not run in a repository that a session can write to, whichever way") {
  Place here;
  RunPlan plan;
  plan.project = here.home.path() / "other";
  SECTION("as its live project, or a part of it, or what lies around it") {
    const std::vector<fs::path> projects{here.repository, here.repository / "project", here.repository.parent_path()};
    plan.project = projects.at(GENERATE(0U, 1U, 2U));
  }
  SECTION("by a mount") {
    plan.workspace = WorkspaceMode::overlay;
    const std::vector<fs::path> mounted{here.repository, here.repository / ".git"};
    plan.directories.mounts = {mount(mounted.at(GENERATE(0U, 1U)), WorkspaceExport::Access::read_write)};
  }
  SECTION("as the repository of its own working tree") {
    plan.directories.git = PlannedGit{.common = here.repository / ".git", .writes = PlannedGit::Writes::to_host};
  }
  const SessionHandle session = here.session(plan);
  // The working tree beside it has its repository's directory only, not what else is in the checkout there.
  const bool all = plan.project != here.repository / "project";
  for (const auto& project : {here.repository, here.repository / "project", all ? here.worktree : here.repository}) {
    CAPTURE(project);
    CHECK_THROWS_WITH(here.refuse_git(project),
                      Contains("session " + session.record().id + " can write to the repository"));
  }
}

TEST_CASE("git is run where a session can only read, or has ended") {
  Place here;
  RunPlan plan;
  plan.project = here.repository;
  plan.workspace = WorkspaceMode::overlay;
  plan.directories.mounts = {mount(here.repository, WorkspaceExport::Access::read_only),
                             mount(here.home.path() / "repository2", WorkspaceExport::Access::read_write)};
  plan.directories.git = PlannedGit{.common = here.repository / ".git", .writes = PlannedGit::Writes::to_layer};
  {
    const SessionHandle session = here.session(plan);
    CHECK_NOTHROW(here.refuse_git(here.repository / "project"));
  }
  plan.workspace = WorkspaceMode::live;
  here.session(plan).retire();
  CHECK_NOTHROW(here.refuse_git(here.repository));
}

}  // namespace agentbox::git_beside_sessions_test
