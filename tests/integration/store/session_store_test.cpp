// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/session_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "integration/sys/forked.hpp"
#include "store/session_record.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <csignal>
#include <fstream>

namespace agentbox::session_store_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

struct Store {
  TempDir dir{"/tmp"};
  fs::path sessions = dir.path() / "state/sessions";
  SessionStore store{sessions};
};

std::vector<std::string> ids(const std::vector<ListedSession>& sessions) {
  std::vector<std::string> list;
  for (const auto& session : sessions) {
    list.push_back(session.record.id);
  }
  return list;
}

/// A launcher in a process of its own, with a sleeping program for a VM that does not die with it: its parent is a shell
/// that has ended.
class Launcher {
 public:
  Launcher(const fs::path& sessions, SessionPhase phase)
      : process_([&](int report) {
          SessionStore store(sessions);
          SessionHandle session = store.create("claude");
          const Captured shell = run_and_capture({.argv = {"sh", "-c", "sleep 1000 > /dev/null 2>&1 & echo $!"}}, std::chrono::minutes(1));
          const pid_t vm = std::stoi(shell.output);
          session.update([&](SessionRecord& record) {
            record.phase = phase;
            record.vm = {.pid = vm, .start_time = process_start_time(vm).value()};
          });
          report_line(report, session.record().id);
          report_line(report, std::to_string(vm));
          sleep_for_ever();
        }),
        id_(process_.read_line()),
        vm_(open_pidfd(std::stoi(process_.read_line()))) {}
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;
  ~Launcher() { end_vm(); }

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] int vm() const { return vm_.get(); }
  void crash() { process_.kill(); }
  void end_vm() {
    send_signal(vm_.get(), SIGKILL);
    ends(vm_.get());
  }

 private:
  Forked process_;
  std::string id_;
  UniqueFd vm_;
};

Error error_of_find(const SessionStore& store, const std::string& id) {
  try {
    (void)store.find(id);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::internal, "found");
}

}  // namespace

TEST_CASE("a session is a locked directory with a record") {
  Store test;
  CHECK(test.store.list().empty());
  CHECK(test.store.clean_crashed().empty());
  SessionHandle session = test.store.create("claude");
  const SessionRecord record = session.record();
  CHECK(record.id.starts_with("claude-"));
  CHECK(record.id.size() == 13);
  CHECK(is_plain_name(record.id));
  CHECK(record.launcher.pid == ::getpid());
  CHECK(record.started.size() == 20);
  CHECK(session.directory() == test.sessions / record.id);
  CHECK((fs::status(session.directory()).permissions() & fs::perms(0077)) == fs::perms::none);
  CHECK_FALSE(test.store.take(record.id));

  session.update([](SessionRecord& r) {
    r.phase = SessionPhase::running;
    r.project = "/home/u/a project, with=signs \xff";  // a file name need not be UTF-8
    r.ssh_port = 40022;
    r.outcome = "exit code 0";
  });
  const auto listed = test.store.list();
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].live);
  CHECK_FALSE(listed[0].broken);
  CHECK(listed[0].record.phase == SessionPhase::running);
  CHECK(listed[0].record.ssh_port == 40022);
  CHECK(listed[0].record.project == "/home/u/a project, with=signs \xef\xbf\xbd");
  session.remove();
  session.remove();
  CHECK(test.store.list().empty());
  CHECK_FALSE(fs::exists(session.directory()));
}

TEST_CASE("a failed update changes nothing") {
  Store test;
  SessionHandle session = test.store.create("run");
  CHECK_THROWS_WITH(session.update([](SessionRecord& record) {
    record.phase = SessionPhase::kept;
    throw std::runtime_error("no");
  }),
                    "no");
  CHECK(session.record().phase == SessionPhase::preparing);
}

TEST_CASE("an agent's name must be fit for a file name") {
  Store test;
  const std::string names[] = {"", "..", "a/b", "Claude", std::string(60, 'a')};
  for (const auto& name : names) {
    CHECK_THROWS_AS(test.store.create(name), Error);
  }
}

TEST_CASE("find: by id, by unique prefix, or the only live one") {
  Store test;
  CHECK(error_of_find(test.store, "").hint() == "There are no sessions.");
  const SessionHandle one = test.store.create("claude");
  CHECK(test.store.find("").record.id == one.record().id);
  CHECK(test.store.find("last").record.id == one.record().id);
  const SessionHandle two = test.store.create("claude");
  const SessionHandle three = test.store.create("shell");
  CHECK(test.store.find(two.record().id).record.id == two.record().id);
  CHECK(test.store.find("sh").record.id == three.record().id);
  const Error several = error_of_find(test.store, "claude-");
  CHECK(several.kind() == ErrorKind::usage);
  CHECK_THAT(several.hint(), Contains(one.record().id) && Contains(two.record().id) && !Contains(three.record().id));
  CHECK(std::string(error_of_find(test.store, "last").what()) == "more than one session is running");
  const Error none = error_of_find(test.store, "codex\x1b[2J");
  CHECK(std::string(none.what()) == "there is no session \"codex\\x1b[2J\"");
  CHECK_THAT(none.hint(), Contains(three.record().id));
}

TEST_CASE("a launcher killed with SIGKILL leaves nothing after the next clean-up") {
  Store test;
  const SessionPhase phase = GENERATE(SessionPhase::preparing, SessionPhase::running);  // preparing: while the VM boots
  Launcher launcher(test.sessions, phase);
  const SessionHandle sibling = test.store.create("codex");
  CHECK(test.store.find(launcher.id()).live);
  CHECK(test.store.clean_crashed().empty());  // it lives
  CHECK_FALSE(has_ended(launcher.vm()));
  launcher.crash();
  CHECK_FALSE(test.store.find(launcher.id()).live);
  CHECK_FALSE(has_ended(launcher.vm()));
  CHECK(test.store.clean_crashed() == std::vector<std::string>{launcher.id()});
  CHECK(ends(launcher.vm()));
  CHECK(ids(test.store.list()) == std::vector<std::string>{sibling.record().id});
  CHECK(test.store.clean_crashed().empty());  // idempotent
}

TEST_CASE("a kept session stays, with its VM and without") {
  Store test;
  Launcher launcher(test.sessions, SessionPhase::kept);
  launcher.crash();
  CHECK(test.store.clean_crashed().empty());
  CHECK(test.store.find("last").record.id == launcher.id());  // live: its VM runs
  {
    const auto taken = test.store.take(launcher.id());
    REQUIRE(taken);
    CHECK(taken->record().phase == SessionPhase::kept);
    CHECK_FALSE(test.store.take(launcher.id()));
  }
  launcher.end_vm();
  CHECK_FALSE(test.store.find(launcher.id()).live);
  CHECK(test.store.clean_crashed().empty());
  test.store.take(launcher.id())->remove();
  CHECK(test.store.list().empty());
}

TEST_CASE("clean-up never kills by pid alone") {
  // The VM of a crashed session ended, and its pid was given to an innocent process: the user's editor, say.
  Store test;
  ChildProcess innocent = ChildProcess::spawn({.argv = {"sleep", "1000"}});
  const auto start = process_start_time(innocent.pid());
  REQUIRE(start);
  std::string id;
  {
    SessionHandle session = test.store.create("claude");
    id = session.record().id;
    session.update([&](SessionRecord& r) { r.vm = {.pid = innocent.pid(), .start_time = *start - 1}; });
    // The lock goes with the handle, as with a launcher that died.
  }
  CHECK(test.store.clean_crashed() == std::vector<std::string>{id});
  CHECK(innocent.wait_for(std::chrono::milliseconds(0)) == std::nullopt);
}

TEST_CASE("take looks at sessions only") {
  Store test;
  { const SessionHandle session = test.store.create("claude"); }
  make_directories(test.dir.path() / "state/other");
  for (const char* id : {"", ".", "..", "../other", "nothing-here", "claude-*"}) {
    INFO(id);
    CHECK_FALSE(test.store.take(id));
  }
  CHECK_FALSE(fs::exists(test.dir.path() / "state/other/lock"));
}

TEST_CASE("a broken state.json is listed with its reason, never cleaned away, and can be removed") {
  // A disk that ran full, a bug, or a stranger: the session's disk may still hold the user's work.
  Store test;
  std::string id;
  std::string whole;
  {
    const SessionHandle session = test.store.create("claude");
    id = session.record().id;
    whole = read_file(session.directory() / "state.json");
  }
  const auto state = test.sessions / id / "state.json";
  const auto expect_broken = [&] {
    const auto listed = test.store.list();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].broken);
    CHECK_FALSE(listed[0].live);
    CHECK(listed[0].record.id == id);
    CHECK_FALSE(listed[0].record.outcome.empty());
    CHECK(test.store.clean_crashed().empty());
  };
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {  // all but the final brace and newline
    std::ofstream(state, std::ios::trunc) << whole.substr(0, length);
    expect_broken();
  }
  auto json = nlohmann::json::parse(whole);
  const auto with = [&](const std::string& pointer, const nlohmann::json& value) {
    auto changed = json;
    changed[nlohmann::json::json_pointer(pointer)] = value;
    return changed.dump();
  };
  const std::string wrong[] = {"[]",
                               "null",
                               "{}",
                               std::string(100000, '['),
                               with("/id", "claude-222222"),
                               with("/id", 3),
                               with("/phase", "flying"),
                               with("/vm/pid", -1),
                               with("/vm/pid", 1ULL << 40),
                               with("/vm/pid", "1"),
                               with("/vm/pid", 1.5),
                               with("/vm/more", 1),
                               with("/vm/start_time", 18446744073709551615ULL),
                               with("/launcher", 7),
                               with("/ssh_port", 65536),
                               with("/surprise", 1)};
  for (const auto& content : wrong) {
    INFO(content.substr(0, 500));
    std::ofstream(state, std::ios::trunc) << content;
    expect_broken();
  }
  fs::remove(state);
  expect_broken();
  REQUIRE(::mkfifo(state.c_str(), 0600) == 0);
  expect_broken();
  fs::remove(state);
  fs::create_symlink("/dev/zero", state);
  expect_broken();
  fs::remove(state);
  write_file_atomically(state, whole);
  CHECK_FALSE(test.store.list().at(0).broken);
  std::ofstream(state, std::ios::trunc) << "{";
  test.store.take(id)->remove();
  CHECK(test.store.list().empty());
}

TEST_CASE("a record survives the way to the disk and back") {
  const TempDir dir("/tmp");
  for (const auto phase : {SessionPhase::preparing, SessionPhase::starting, SessionPhase::running,
                           SessionPhase::stopping, SessionPhase::kept, SessionPhase::ended}) {
    const SessionRecord record{.id = dir.path().filename(),
                               .agent = "a",
                               .project = "/p",
                               .workspace = "live",
                               .writable = {"/p", "/m"},
                               .base = "dev",
                               .policy = "trusted",
                               .started = "2026-01-01T00:00:00Z",
                               .phase = phase,
                               .launcher = {.pid = 2, .start_time = 3},
                               .vm = {.pid = 4, .start_time = 5},
                               .dial_socket = "/d",
                               .ssh_port = 6,
                               .base_build = "/b",
                               .host_key = "ssh-ed25519 K",
                               .template_directory = "/t",
                               .guest_user = "u",
                               .outcome = "o"};
    save_session_record(dir.path(), record);
    const SessionRecord back = load_session_record(dir.path());
    CHECK(back.phase == phase);
    CHECK((back.id == record.id && back.agent == "a" && back.project == "/p" && back.workspace == "live" && back.writable == record.writable &&
           back.base == "dev"));
    CHECK((back.policy == "trusted" && back.started == record.started && back.launcher == record.launcher &&
           back.vm == record.vm));
    CHECK((back.dial_socket == "/d" && back.ssh_port == 6 && back.base_build == "/b" && back.guest_user == "u" && back.outcome == "o"));
    CHECK((back.host_key == "ssh-ed25519 K" && back.template_directory == "/t"));
  }
}

TEST_CASE("a record of an older version says of a live workspace that it is writable") {
  const TempDir dir(fs::temp_directory_path());
  for (const auto* workspace : {"live", "overlay"}) {
    SessionRecord record;
    record.id = dir.path().filename();
    record.project = "/p";
    record.workspace = workspace;
    save_session_record(dir.path(), record);
    auto json = nlohmann::json::parse(read_file(dir.path() / "state.json"));
    json.erase("writable");
    write_file_atomically(dir.path() / "state.json", json.dump());
    const auto writable = load_session_record(dir.path()).writable;
    CHECK(writable == (std::string(workspace) == "live" ? std::vector<std::string>{"/p"} : std::vector<std::string>{}));
  }
}

TEST_CASE("a session that has ended alone leaves its record and its logs") {
  Store test;
  SessionHandle session = test.store.create("claude");
  const fs::path directory = session.directory();
  for (const char* file : {"output.log", "egress.jsonl", "desk.sock", "manifest.json"}) {
    std::ofstream(directory / file) << "x";
  }
  fs::create_directories(directory / "vm");
  std::ofstream(directory / "vm/disk.qcow2") << "x";
  session.update([](SessionRecord& record) { record.outcome = "exit code 3"; });
  session.retire();
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(directory)) {
    left.push_back(entry.path().filename());
  }
  std::sort(left.begin(), left.end());
  CHECK(left == std::vector<std::string>{"egress.jsonl", "lock", "output.log", "state.json"});
  const auto listed = test.store.find(session.record().id);
  CHECK(listed.record.phase == SessionPhase::ended);
  CHECK(listed.record.outcome == "exit code 3");
  CHECK_FALSE(listed.live);
}

TEST_CASE("the record of a session that has ended stays for a while") {
  Store test;
  std::string id;
  {
    SessionHandle session = test.store.create("claude");
    id = session.record().id;
    session.retire();
  }
  CHECK(test.store.clean_crashed().empty());
  CHECK(test.store.forget_ended(std::chrono::hours(1)).empty());
  CHECK(ids(test.store.list()) == std::vector{id});
  CHECK(test.store.forget_ended(std::chrono::hours(0)) == std::vector{id});
  CHECK(test.store.list().empty());
}

// The process that kept it was killed, and its VM with it: what nobody has seen of it is on its disk.
TEST_CASE("a kept session that was cut off becomes unsaved when its disk holds changes") {
  Store test;
  const bool holds_changes = GENERATE(true, false);
  std::string id;
  {
    SessionHandle session = test.store.create("claude");
    id = session.record().id;
    session.update([](SessionRecord& record) { record.phase = SessionPhase::kept; });
    if (holds_changes) {
      std::ofstream(session.directory() / unsaved_disk_name) << "{}";
    }
  }
  CHECK(test.store.clean_crashed().empty());
  CHECK(test.store.find(id).record.phase == (holds_changes ? SessionPhase::unsaved : SessionPhase::kept));
}

}  // namespace agentbox::session_store_test
