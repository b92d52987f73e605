// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/copied_directories.hpp"

#include "guest/merge_tree.hpp"
#include "support/catch.hpp"
#include "support/killed_at.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>

namespace agentbox::copied_directories_test {

namespace fs = std::filesystem;
using Copies = GuestPlan::Prepare::Copies;

namespace {

/// A share of the host's with one directory, and what a session copies it to.
struct Place {
  TempDir temporary{fs::temp_directory_path()};
  fs::path host = temporary.path() / "host";
  fs::path guest = temporary.path() / "guest";
  guest::CopiedDirectories copies{host.string(), guest.string()};

  Place() { fs::create_directories(host / "talks"); }
  void take(Copies::Kept::How how) const { copies.take({.kept = {{.name = "talks", .how = how}}}, me()); }
  static guest::User me() {
    return {.name = "me", .uid = ::getuid(), .gid = ::getgid(), .home = "", .shell = "", .groups = {}};
  }
};

void write(const fs::path& file, const std::string& text, int seconds_later = 0) {
  fs::create_directories(file.parent_path());
  write_file_atomically(file, text);
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(seconds_later));
}

std::string read(const fs::path& file) { return read_file_if_exists(file).value_or("(none)"); }

}  // namespace

TEST_CASE("what a session writes into its copies is brought back, and nothing else is touched") {
  const Place place;
  write(place.host / "talks/one/old.txt", "old");
  write(place.host / "talks/gone.txt", "x");
  write(place.host / "notes/read", "only");
  place.take(Copies::Kept::How::merged);
  CHECK(read(place.guest / "talks/one/old.txt") == "old");
  CHECK(read(place.guest / "notes/read") == "only");

  write(place.guest / "talks/one/new.txt", "new");
  write(place.guest / "talks/one/old.txt", "changed", 10);
  write(place.guest / "notes/read", "changed", 10);
  fs::remove(place.guest / "talks/gone.txt");
  write(place.host / "talks/of-another.txt", "another's");
  place.copies.keep();
  CHECK(read(place.host / "talks/one/new.txt") == "new");
  CHECK(read(place.host / "talks/one/old.txt") == "changed");
  CHECK(read(place.host / "talks/of-another.txt") == "another's");
  CHECK(read(place.host / "notes/read") == "only");
  CHECK_FALSE(fs::exists(place.host / "talks/gone.txt"));
}

TEST_CASE("of two that have changed one file the newer one counts, but lines are added") {
  const Place place;
  write(place.host / "talks/a.json", "{}");
  write(place.host / "talks/a.jsonl", "1\n2\n");
  place.take(Copies::Kept::How::merged);
  write(place.host / "talks/a.json", "{host}", 20);
  write(place.guest / "talks/a.json", "{guest}", 10);

  SECTION("both have gone on") {
    write(place.host / "talks/a.jsonl", "1\n2\n3 host", 20);
    write(place.guest / "talks/a.jsonl", "1\n2\n3 guest\n4\n", 10);
    place.copies.keep();
    CHECK(read(place.host / "talks/a.jsonl") == "1\n2\n3 host\n3 guest\n4\n");
  }
  SECTION("the guest has, once more, after a part of it was brought out (the session that a snapshot was taken of)") {
    write(place.host / "talks/a.jsonl", "1\n2\n3\n", 20);
    write(place.guest / "talks/a.jsonl", "1\n2\n3\n4\n", 10);
    place.copies.keep();
    CHECK(read(place.host / "talks/a.jsonl") == "1\n2\n3\n4\n");
  }
  SECTION("the host alone has") {
    write(place.host / "talks/a.jsonl", "1\n2\n3\n", 20);
    place.copies.keep();
    CHECK(read(place.host / "talks/a.jsonl") == "1\n2\n3\n");
  }
  CHECK(read(place.host / "talks/a.json") == "{host}");
}

TEST_CASE("lines longer than what is read at once are compared to their ends") {
  const Place place;
  const std::string same = std::string(700'000, 'x') + "\n" + std::string(700'000, 'y') + "\n";
  write(place.host / "talks/a.jsonl", same);
  place.take(Copies::Kept::How::merged);
  write(place.host / "talks/a.jsonl", same + "host\n", 20);
  write(place.guest / "talks/a.jsonl", same + "guest\n", 10);
  place.copies.keep();
  CHECK(read(place.host / "talks/a.jsonl") == same + "host\nguest\n");
}

TEST_CASE("files of a database are taken all together, if they are newer") {
  const Place place;
  write(place.host / "talks/db", "1");
  write(place.host / "talks/db-wal", "1");
  place.take(Copies::Kept::How::whole);
  SECTION("here they are") {
    write(place.guest / "talks/db", "2", 10);
    fs::remove(place.guest / "talks/db-wal");
    place.copies.keep();
    CHECK(read(place.host / "talks/db") == "2");
    CHECK_FALSE(fs::exists(place.host / "talks/db-wal"));
  }
  SECTION("there they are") {
    write(place.guest / "talks/db", "2", 10);
    write(place.host / "talks/db", "3", 20);
    place.copies.keep();
    CHECK(read(place.host / "talks/db") == "3");
    CHECK(read(place.host / "talks/db-wal") == "1");
  }
}

// The old ones went before the new ones came: who was killed in between had lost both.
TEST_CASE("killed anywhere while a database is brought back: the old one is there, or the new one is finished") {
  using State = std::map<std::string, std::string>;
  const State old_state{{"db", "1"}, {"db-wal", "1"}, {"sub/part", "1"}};
  const State new_state{{"db", "2"}, {"sub/other", "2"}};
  const auto fill = [](const fs::path& directory, const State& state, int seconds_later) {
    fs::remove_all(directory);
    for (const auto& [name, text] : state) {
      write(directory / name, text, seconds_later);
    }
  };
  const auto state_of = [](const fs::path& directory) {
    State state;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_regular_file()) {
        state[entry.path().lexically_relative(directory)] = read(entry.path());
      }
    }
    return state;
  };
  const Place place;
  const fs::path there = place.host / "talks";
  const fs::path here = place.guest / "talks";
  fill(here, new_state, 10);
  bool ended = false;
  std::size_t times_old = 0;
  std::size_t times_new = 0;
  for (std::size_t call = 1; !ended; ++call) {
    INFO("before call " << call);
    REQUIRE(call < 500);
    fill(there, old_state, 0);
    ended = test::kill_before_call(call, test::changes_disk, [&] { guest::replace_tree(here, there); }) ==
            test::Ending::by_itself;
    guest::finish_replacing(there);
    const State state = state_of(there);
    CHECK((state == old_state || state == new_state));
    ++(state == old_state ? times_old : times_new);
    guest::replace_tree(here, there);  // of the next session, of what the last one's disk still has
    CHECK(state_of(there) == new_state);
    CHECK_FALSE(fs::exists(there / ".agentbox-new"));
  }
  CHECK(times_old > 3);
  CHECK(times_new > 5);
}

TEST_CASE("what was closed to a session is not brought back as an empty file") {
  const Place place;
  write(place.host / "talks/a.txt", "mine");
  const auto how = GENERATE(Copies::Kept::How::merged, Copies::Kept::How::whole);
  place.take(how);
  write(place.guest / "talks/a.txt", "", 10);
  write(place.guest / "talks/b.txt", "new", 10);
  if (::lsetxattr((place.guest / "talks/a.txt").c_str(), "trusted.agentbox.closed", "y", 1, 0) != 0) {
    WARN("only root can mark files");
    return;
  }
  place.copies.keep();
  CHECK(read(place.host / "talks/a.txt") == "mine");
  CHECK(fs::exists(place.host / "talks/b.txt") == (how == Copies::Kept::How::merged));
}

TEST_CASE("what a disk has that was not brought back is, before new copies are made") {
  const Place place;
  write(place.host / "talks/a.txt", "1");
  place.take(Copies::Kept::How::merged);
  write(place.guest / "talks/b.txt", "of a session that was cut off");
  write(place.host / "talks/c.txt", "of another session");
  place.take(Copies::Kept::How::merged);
  CHECK(read(place.host / "talks/b.txt") == "of a session that was cut off");
  CHECK(read(place.guest / "talks/c.txt") == "of another session");
}

TEST_CASE("links are copied and never followed, and nothing is kept of what the host does not share") {
  const Place place;
  write(place.temporary.path() / "outside/a.jsonl", "secret\n");
  fs::create_symlink("../../outside/a.jsonl", place.host / "talks/a.jsonl");
  place.take(Copies::Kept::How::merged);
  CHECK(fs::is_symlink(place.guest / "talks/a.jsonl"));
  fs::remove(place.guest / "talks/a.jsonl");
  write(place.guest / "talks/a.jsonl", "mine\n", 10);
  place.copies.keep();
  CHECK(read(place.temporary.path() / "outside/a.jsonl") == "secret\n");
  CHECK(fs::is_symlink(place.host / "talks/a.jsonl"));
  fs::remove_all(place.host / "talks");
  place.copies.keep();
  CHECK_FALSE(fs::exists(place.host / "talks"));
}

}  // namespace agentbox::copied_directories_test
