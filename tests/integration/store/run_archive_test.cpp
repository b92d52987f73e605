// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/run_archive.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/temp_dir.hpp"

#include <filesystem>

namespace agentbox::run_archive_test {

namespace fs = std::filesystem;

namespace {

/// As old as that, so that the order does not depend on the clock.
void age(const fs::path& file, std::chrono::hours hours) {
  fs::last_write_time(file, fs::file_time_type::clock::now() - hours);
}

}  // namespace

TEST_CASE("results of sessions are found by id, by its beginning, and the last") {
  const TempDir place(fs::temp_directory_path());
  const RunArchive archive(place.path() / "runs");
  CHECK_THROWS_AS(archive.read("last"), Error);
  archive.put("claude-aaa", "1");
  age(place.path() / "runs/claude-aaa.json", std::chrono::hours(2));
  archive.put("claude-abb", "2");
  age(place.path() / "runs/claude-abb.json", std::chrono::hours(1));
  archive.put("../escape", "3");
  CHECK(archive.ids() == std::vector<std::string>{"claude-abb", "claude-aaa"});
  CHECK(archive.read("last") == "2");
  CHECK(archive.read("claude-aaa") == "1");
  CHECK(archive.read("claude-aa") == "1");
  CHECK_THROWS_AS(archive.read("claude-a"), Error);
  CHECK_THROWS_AS(archive.read("codex"), Error);
  CHECK_THROWS_AS(archive.read("../runs/claude-aaa"), Error);
  CHECK(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("the results of old sessions go first") {
  const TempDir place(fs::temp_directory_path());
  const RunArchive archive(place.path());
  for (std::size_t i = 0; i < RunArchive::most_runs; ++i) {
    archive.put("old-" + std::to_string(i), "x");
    age(place.path() / ("old-" + std::to_string(i) + ".json"), std::chrono::hours(1000 - static_cast<int>(i)));
  }
  archive.put("new", "x");
  CHECK(archive.ids().size() == RunArchive::most_runs);
  CHECK(archive.ids().front() == "new");
  CHECK_THROWS_AS(archive.read("old-0"), Error);
  CHECK(archive.read("old-1") == "x");
}

}  // namespace agentbox::run_archive_test
