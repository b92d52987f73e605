// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <fstream>

#include "core/error.hpp"
#include "session/project_policy.hpp"
#include "session/run_plan.hpp"
#include "support/catch.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::project_file_test {

namespace fs = std::filesystem;

TEST_CASE("a project's file is read without following a link, and what is none is not passed over") {
  const TempDir project(fs::temp_directory_path());
  const fs::path path = project.path() / ".agentbox.yaml";
  CHECK_FALSE(load_project_file(project.path()));
  SECTION("a file") {
    std::ofstream(path) << "network: {mode: offline}\n";
    REQUIRE(load_project_file(project.path()));
    CHECK(load_project_file(project.path())->network->value == NetworkMode::offline);
  }
  SECTION("a link to a file") {
    std::ofstream(project.path() / "other") << "network: {mode: offline}\n";
    fs::create_symlink("other", path);
    CHECK_THROWS_AS(load_project_file(project.path()), Error);
  }
  SECTION("a link to nowhere") {
    fs::create_symlink("nowhere", path);
    CHECK_THROWS_AS(load_project_file(project.path()), Error);
  }
  SECTION("a directory, a fifo") {
    fs::create_directory(path);
    CHECK_THROWS_AS(load_project_file(project.path()), Error);
    fs::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_THROWS_AS(load_project_file(project.path()), Error);
  }
  SECTION("too long, or wrong") {
    std::ofstream(path) << std::string(300 * 1024, '#');
    CHECK_THROWS_AS(load_project_file(project.path()), Error);
    std::ofstream(path) << "nonsense: {\n";
    CHECK_THROWS_AS(load_project_file(project.path()), Error);
  }
}

TEST_CASE("the command line does not loosen what the project's file says, and may be stricter") {
  const ProjectFile file = parse_project_file(
      "network: {mode: allowlist}\nworkspace: {mode: overlay}\nresources: {cpus: 2}\nhistory: none\ncredentials: {max-tokens: 5k}\n"
      "terminal: {clipboard: none}\n", "/p/.agentbox.yaml");
  RunRequest request;
  request.terminal_filter = TerminalFilter::off;
  request.network = NetworkMode::open;
  request.workspace = WorkspaceMode::live;
  request.cpus = 4;
  request.history = HistoryMode::keep;
  request.caps.tokens = 6000;
  std::vector<std::string> notes;
  const RunRequest tight = tighten_request(request, file, notes);
  CHECK(tight.network == NetworkMode::allowlist);
  CHECK(tight.workspace == WorkspaceMode::overlay);
  CHECK(tight.cpus == 2);
  CHECK(tight.history == HistoryMode::none);
  CHECK(tight.caps.tokens == 5000U);
  CHECK(tight.terminal_filter == TerminalFilter::on);
  CHECK(notes.size() == 6);
  CHECK(notes.front() == "processors: 2 and not 4, as /p/.agentbox.yaml:3:19 says");
  notes.clear();
  request = {};
  request.network = NetworkMode::offline;
  request.workspace = WorkspaceMode::none;
  const RunRequest stricter = tighten_request(request, file, notes);
  CHECK(stricter.network == NetworkMode::offline);
  CHECK(stricter.workspace == WorkspaceMode::none);
  CHECK(notes.empty());
}

}  // namespace agentbox::project_file_test
