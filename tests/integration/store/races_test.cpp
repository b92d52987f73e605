// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "store/aside.hpp"
#include "store/session_store.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <csignal>
#include <memory>

namespace agentbox::races_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

TEST_CASE("ten launchers that start, clean and die at once never touch each other's sessions") {
  // Each start cleans up first. A directory that one has made and not locked yet must not look crashed to another.
  const TempDir dir("/tmp");
  const auto sessions = dir.path() / "sessions";
  std::vector<std::unique_ptr<Forked>> launchers;
  for (int launcher = 0; launcher < 10; ++launcher) {
    launchers.push_back(std::make_unique<Forked>([&, launcher](int) {
      SessionStore store(sessions);
      std::vector<SessionHandle> mine;
      for (int round = 0; round < 8; ++round) {
        store.clean_crashed();
        mine.push_back(store.create("run"));
        { const SessionHandle crashed = store.create("crash"); }  // for anybody to clean
        mine.back().update([](SessionRecord& record) { record.phase = SessionPhase::running; });
        (void)store.list();
        if (round % 3 == 2) {
          mine.front().remove();
          mine.erase(mine.begin());
        }
        for (const auto& session : mine) {
          expect(fs::exists(session.directory() / "state.json"), "a living session was cleaned away");
        }
      }
      if (launcher % 2 == 0) {
        ::raise(SIGKILL);
      }
      for (auto& session : mine) {
        session.remove();
      }
    }));
  }
  for (std::size_t i = 0; i < launchers.size(); ++i) {
    CHECK(launchers[i]->wait() == (i % 2 == 0 ? ExitStatus::signaled(SIGKILL) : ExitStatus::exited(0)));
  }
  SessionStore store(sessions);
  CHECK_FALSE(store.list().empty());
  store.clean_crashed();
  CHECK(store.list().empty());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(sessions)) {
    left.push_back(entry.path().filename());
  }
  CHECK(left == std::vector<std::string>{".lock"});
}

TEST_CASE("one crashed session is cleaned by exactly one of many cleaners") {
  const TempDir dir("/tmp");
  const auto sessions = dir.path() / "sessions";
  SessionStore store(sessions);
  for (int i = 0; i < 20; ++i) {
    const SessionHandle crashed = store.create("crash");
  }
  std::vector<std::unique_ptr<Forked>> cleaners;
  for (int i = 0; i < 5; ++i) {
    cleaners.push_back(std::make_unique<Forked>(
        [&](int report) { report_line(report, std::to_string(SessionStore(sessions).clean_crashed().size())); }));
  }
  int cleaned = 0;
  for (const auto& cleaner : cleaners) {
    cleaned += std::stoi(cleaner->read_line());
    CHECK(cleaner->wait().success());
  }
  CHECK(cleaned == 20);
  CHECK(store.list().empty());
}

TEST_CASE("what a dead maker left is removed, what a living one is filling is not") {
  const TempDir dir("/tmp");
  const auto parent = dir.path() / "store";
  const auto make_aside = [&](int report) {
    const AsideDirectory aside(parent);
    write_file_atomically(aside.path() / "half", "");
    report_line(report, aside.path());
    sleep_for_ever();
  };
  Forked dead(make_aside);
  Forked living(make_aside);
  const fs::path left_over = dead.read_line();
  const fs::path in_work = living.read_line();
  dead.kill();
  remove_leftovers(parent);
  CHECK(fs::exists(in_work));
  living.kill();
  make_directories(parent / ".gone.123");
  make_directories(parent / "finished");
  remove_leftovers(parent);
  CHECK_FALSE(fs::exists(in_work));
  CHECK_FALSE(fs::exists(left_over));
  CHECK_FALSE(fs::exists(parent / ".gone.123"));
  CHECK(names_in(parent) == std::vector<std::string>{"finished"});
}

TEST_CASE("an aside directory is moved into place once, or vanishes") {
  const TempDir dir("/tmp");
  const auto parent = dir.path() / "store";
  fs::path path;
  {
    AsideDirectory first(parent);
    AsideDirectory second(parent);
    write_file_atomically(first.path() / "file", "first");
    write_file_atomically(second.path() / "file", "second");
    CHECK(first.move_to("name"));
    CHECK_FALSE(second.move_to("name"));
    path = second.path();
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
  CHECK(read_file(parent / "name/file") == "first");
  CHECK(remove_as_a_whole(parent / "name"));
  CHECK_FALSE(remove_as_a_whole(parent / "name"));
  CHECK(names_in(parent).empty());
}

}  // namespace agentbox::races_test
