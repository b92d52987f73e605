// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/history_store.hpp"

#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::history_store_test {

namespace fs = std::filesystem;

namespace {

struct History {
  TempDir directory{fs::temp_directory_path(), "history"};
  HistoryStore store{directory.path() / "history"};
};

}  // namespace

TEST_CASE("projects of one name, and agents of one project, have histories of their own") {
  const History h;
  CHECK(h.store.directory("/a/project", "claude") != h.store.directory("/b/project", "claude"));
  CHECK(h.store.directory("/a/project", "claude") != h.store.directory("/a/project", "codex"));
  CHECK(h.store.directory("/a/project", "claude") == h.store.directory("/a/project", "claude"));
}

TEST_CASE("a project's odd name is no path of ours") {
  const History h;
  const fs::path place = h.store.directory(fs::path("/a") / (std::string("..\n*\xff ") + std::string(200, 'x')), "claude");
  CHECK(place.parent_path().parent_path() == h.directory.path() / "history");
  CHECK(place.parent_path().filename().string().size() < 64);
}

TEST_CASE("what is kept is listed with its project, and removed alone") {
  const History h;
  h.store.open("/a/one", "claude", {"x", "y"});
  h.store.open("/a/one", "codex", {"x"});
  h.store.open("/a/two", "claude", {"x"});
  write_file_atomically(h.store.directory("/a/one", "claude") / "x/talk", std::string(5000, 't'));
  CHECK(fs::status(h.store.directory("/a/one", "claude")).permissions() == fs::perms::owner_all);

  auto entries = h.store.list();
  REQUIRE(entries.size() == 3);
  CHECK((entries[0].project == "/a/one" && entries[0].agent == "claude" && entries[0].bytes >= 5000));
  CHECK((entries[1].project == "/a/one" && entries[1].agent == "codex"));
  CHECK((entries[2].project == "/a/two" && entries[2].agent == "claude"));

  HistoryStore::remove(entries[0]);
  CHECK(h.store.list().size() == 2);
  CHECK(h.store.list()[0].project == "/a/one");
  HistoryStore::remove(entries[1]);
  CHECK_FALSE(fs::exists(entries[1].directory.parent_path()));
}

TEST_CASE("opening again keeps what is there") {
  const History h;
  h.store.open("/a/one", "claude", {"x"});
  write_file_atomically(h.store.directory("/a/one", "claude") / "x/talk", "text");
  h.store.open("/a/one", "claude", {"x", "z"});
  CHECK(read_file(h.store.directory("/a/one", "claude") / "x/talk") == "text");
}

TEST_CASE("a link that a guest left there is removed, not followed") {
  const History h;
  const fs::path outside = h.directory.path() / "outside";
  write_file_atomically(outside, std::string(9000, 'o'));
  h.store.open("/a/one", "claude", {"x"});
  fs::create_symlink(h.directory.path(), h.store.directory("/a/one", "claude") / "x/up");
  const auto entries = h.store.list();
  CHECK(entries[0].bytes < 9000 + 4096);
  HistoryStore::remove(entries[0]);
  CHECK(fs::exists(outside));
}

}  // namespace agentbox::history_store_test
