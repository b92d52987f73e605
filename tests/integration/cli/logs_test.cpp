// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/egress_record.hpp"
#include "integration/cli/program.hpp"
#include "store/session_store.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/wait.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

namespace agentbox::logs_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

/// A program whose output is waited for.
class Reader {
 public:
  Reader(const Program& program, const std::vector<std::string>& words) {
    PipeEnds pipe = make_pipe();
    ProcessSpec spec = program.spec(words);
    spec.fds = {{pipe.write.get(), 1}};
    process_.emplace(ChildProcess::spawn(spec));
    from_ = std::move(pipe.read);
  }

  /// All that it has said up to here, with these words at last.
  const std::string& until(const std::string& words) {
    while (said_.find(words) == std::string::npos) {
      INFO(said_);
      REQUIRE(read());
    }
    return said_;
  }

  const std::string& all() {
    while (read()) {
    }
    return said_;
  }

  ExitStatus end() { return process_->wait(); }
  void signal(int number) { process_->signal(number); }

 private:
  bool read() {
    std::array<char, 4096> piece;
    REQUIRE(wait_readable(from_.get(), Clock::now() + std::chrono::minutes(1)));
    const ssize_t count = ::read(from_.get(), piece.data(), piece.size());
    said_.append(piece.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    return count > 0;
  }

  std::optional<ChildProcess> process_;
  UniqueFd from_;
  std::string said_;
};

void append(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

std::string refused(const std::string& name) {
  return to_line({.session = "s", .what = "dns", .name = name, .verdict = "refused", .rule = "no rule"}, first_hash()) +
         "\n";
}

/// A session that another process holds, which can be ended.
struct Held {
  explicit Held(const Program& program) : session(SessionStore(program.home() / "state/sessions").create("claude")) {
    fs::create_directory(session.directory() / "vm");
    fs::create_directory(program.home() / "data");  // where its base is
    session.update([&](SessionRecord& record) {
      record.phase = SessionPhase::detached;
      record.launcher = {.pid = launcher.pid(), .start_time = process_start_time(launcher.pid()).value_or(0)};
    });
  }
  ChildProcess launcher = ChildProcess::spawn({.argv = {"sleep", "1000"}});
  SessionHandle session;
};

}  // namespace

TEST_CASE("logs go on with what is added to a session's log, until it is over") {
  const Program program;
  Held held(program);
  const fs::path directory = held.session.directory();
  const std::string id = held.session.record().id;
  append(directory / "egress.jsonl", refused("before.example"));
  Reader logs(program, {"logs", "--follow", id});
  logs.until("before.example");

  append(directory / "egress.jsonl", refused("later.example"));
  logs.until("later.example");
  // Attack: a guest's words; and a line that comes in two pieces, and a directory that is made late.
  append(directory / "output.log", "\x1b[31mred\x1b[0m\r\n\x1b]52;c;aGk=\x07half");
  logs.until("==> output while nobody looked <==\nred\n");
  append(directory / "output.log", " a line\x1b[2J\n");
  logs.until("half a line\n");
  fs::rename(directory / "output.log", directory / "output.old.log");
  append(directory / "output.log", "a new part\n");
  logs.until("a new part\n");
  fs::create_directories(program.home() / "data/recordings");
  append(program.home() / "data/recordings" / (id + ".exec.cast"),
         "{\"version\":2,\"width\":80,\"height\":24}\n[0.1,\"o\",\"recorded words\\r\\n\"]\n");
  logs.until("==> recorded (agentbox play " + id + ".exec) <==\nrecorded words\n");
  append(directory / "vm/qemu.log", "qemu's last words");
  append(directory / "egress.jsonl", refused("last.example"));
  held.launcher.signal(SIGKILL);
  const std::string& all = logs.all();
  CHECK(logs.end() == ExitStatus::exited(0));
  for (const char* once : {"before.example", "later.example", "last.example", "red\n", "half a line", "a new part",
                           "qemu's last words\n", "==> over <==\n"}) {
    INFO(all);
    INFO(once);
    const auto found = all.find(once);
    REQUIRE(found != std::string::npos);
    CHECK(all.find(once, found + 1) == std::string::npos);
  }
  CHECK(all.find('\x1b') == std::string::npos);
  CHECK(all.find("aGk=") == std::string::npos);
}

TEST_CASE("what a session reaches can be followed by programs, line by line, and whoever follows can leave") {
  const Program program;
  Held held(program);
  const fs::path file = held.session.directory() / "egress.jsonl";
  append(held.session.directory() / "egress.old.jsonl", refused("older.example"));
  append(file, refused("a.example"));
  Reader logs(program, {"logs", "-f", "--egress", "last"});
  append(file, refused("b.example"));
  CHECK(logs.until(refused("b.example")) == refused("older.example") + refused("a.example") + refused("b.example"));
  logs.signal(SIGINT);
  CHECK(logs.end() == ExitStatus::exited(130));
}

TEST_CASE("logs of a session that is over have nothing to wait for") {
  const Program program;
  SessionHandle session = SessionStore(program.home() / "state/sessions").create("claude");
  append(session.directory() / "egress.jsonl", refused("a.example"));
  const std::string id = session.record().id;
  session.remove();
  CHECK(program.run({"logs", "-f", id}).output == program.run({"logs", id}).output);
  CHECK(program.run({"logs", "-f", "--egress", id}).output == refused("a.example"));
}

TEST_CASE("logs can be read by programs") {
  const Program program;
  Held held(program);
  append(held.session.directory() / "egress.jsonl", refused("\x1b.example"));
  append(held.session.directory() / "output.log", "\x1b[31mred\x1b[0m\r\n\xff\n");
  append(held.session.directory() / "vm/qemu.log", "boot\n");
  const std::string id = held.session.record().id;
  const auto running = nlohmann::json::parse(program.run({"logs", "--json", id}).output);
  CHECK(running.at("session") == id);
  CHECK(running.at("facts").at("state") == "detached");
  CHECK(running.at("result").is_null());
  CHECK(running.at("network").at("lines_before") == 0);
  const auto& line = running.at("network").at("lines").at(0);
  CHECK(line.at("verdict") == "refused");
  CHECK(line.at("host") == "\\x1b.example");
  CHECK(line.at("times") == 1);
  CHECK(running.at("output").at(0).at("text") == "red\n\xef\xbf\xbd\n");
  CHECK(running.at("messages").dump() == R"([{"text":"boot\n","title":"qemu"}])");
  CHECK(running.at("files").size() == 4);

  held.session.remove();
  fs::create_directories(program.home() / "state/runs");
  append(program.home() / "state/runs" / (id + ".json"),
         nlohmann::json{{"session", id}, {"exit_code", 7}, {"result", "failed"}}.dump());
  const auto over = nlohmann::json::parse(program.run({"logs", "--json", id}).output);
  CHECK(over.at("result").at("exit_code") == 7);
}

}  // namespace agentbox::logs_test
