// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/egress_archive.hpp"

#include "core/error.hpp"
#include "store/session_store.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <fmt/format.h>

namespace agentbox::egress_archive_test {

namespace fs = std::filesystem;

namespace {

struct Place {
  TempDir state{fs::temp_directory_path(), "state"};
  SessionStore sessions{state.path() / "sessions"};
  EgressArchive archive = EgressArchive::beside(state.path() / "sessions");

  SessionHandle session(const std::string& log, const std::string& older = "") {
    SessionHandle made = sessions.create("run");
    write_file_atomically(made.directory() / egress_log_name, log, 0600);
    write_file_atomically(made.directory() / older_egress_log_name, older, 0600);
    return made;
  }
};

}  // namespace

TEST_CASE("what a session reached can be read when it is over") {
  Place place;
  SessionHandle first = place.session("one\n");
  const std::string id = first.record().id;
  first.remove();
  first.remove();
  REQUIRE(place.archive.find(id).size() == 1);
  CHECK(read_file(place.archive.find(id).front()) == "one\n");
  CHECK((fs::status(place.state.path() / "egress").permissions() & fs::perms(0077)) == fs::perms::none);
  CHECK(place.archive.find(id.substr(0, id.size() - 1)) == place.archive.find(id));

  SessionHandle second = place.session("newer\n", "older\n");
  const std::string other = second.record().id;
  second.remove();
  fs::last_write_time(place.archive.find(id).front(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  const auto parts = place.archive.find("last");
  REQUIRE(parts.size() == 2);
  CHECK(read_file(parts[0]) + read_file(parts[1]) == "older\nnewer\n");
  CHECK(place.archive.find(other) == parts);
  CHECK(place.archive.find("run-").empty());  // of two
  CHECK(place.archive.find("shell").empty());
  CHECK(place.archive.find("../sessions").empty());
}

TEST_CASE("a session that reached nothing leaves nothing") {
  Place place;
  place.session("").remove();
  place.sessions.create("run").remove();
  CHECK(place.archive.find("last").empty());
}

TEST_CASE("only so many bytes of logs are kept, the newest ones") {
  Place place;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    SessionHandle session = place.session("x\n", "older\n");
    ids.push_back(session.record().id);
    for (const char* part : {older_egress_log_name, egress_log_name}) {
      fs::resize_file(session.directory() / part, EgressArchive::most_bytes / 4);  // holes
    }
    fs::last_write_time(session.directory() / egress_log_name, fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
    session.remove();
  }
  CHECK(place.archive.find(ids[0]).empty());
  CHECK(place.archive.find(ids[1]).size() == 2);
  CHECK(place.archive.find(ids[2]).size() == 2);
}

TEST_CASE("only so many logs are kept, the newest ones") {
  Place place;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < EgressArchive::most_sessions + 3; ++i) {
    SessionHandle session = place.session("x\n", i == 0 ? "older\n" : "");
    ids.push_back(session.record().id);
    const fs::path log = session.directory() / egress_log_name;
    fs::last_write_time(log, fs::file_time_type::clock::now() - std::chrono::hours(100) + std::chrono::minutes(i));
    session.remove();
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(place.archive.find(ids[i]).empty() == (i < 3));
  }
  CHECK_FALSE(fs::exists(place.state.path() / "egress" / (ids[0] + ".old.jsonl")));
}

}  // namespace agentbox::egress_archive_test
