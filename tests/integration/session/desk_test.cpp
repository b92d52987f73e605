// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/desk.hpp"

#include "core/error.hpp"
#include "integration/sys/forked.hpp"
#include "session/held_output.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "sys/unix_socket.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace agentbox::desk_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;

namespace {

/// A process that has a desk, and answers one request after the other.
class DeskProcess {
 public:
  explicit DeskProcess(const std::filesystem::path& directory)
      : process_([&](int report) {
          Desk desk(directory, [](const nlohmann::json& request) -> nlohmann::json {
            if (request.value("command", "") == "refuse") {
              throw Error(ErrorKind::usage, "not now", "later");
            }
            return {{"said", request.value("command", "")}};
          });
          report_line(report, "ready");
          while (true) {
            wait_readable(desk.fd(), std::nullopt);
            desk.serve();
          }
        }) {
    process_.read_line();
  }

 private:
  Forked process_;
};

}  // namespace

TEST_CASE("a session's desk answers, and refuses with a reason") {
  const TempDir dir("/tmp");
  const DeskProcess process(dir.path());
  CHECK(ask_desk(dir.path(), {{"command", "hello"}}, hang())["said"] == "hello");
  try {
    ask_desk(dir.path(), {{"command", "refuse"}}, hang());
    FAIL("it did not refuse");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()) == "not now");
    CHECK(error.hint() == "later");
  }
  struct stat status {};
  REQUIRE(::stat((dir.path() / "desk.sock").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);
}

TEST_CASE("who says nothing to a desk, or nonsense, does not stop it") {
  const TempDir dir("/tmp");
  const DeskProcess process(dir.path());
  const UniqueFd silent = connect_unix(dir.path() / "desk.sock");
  {
    const UniqueFd nonsense = connect_unix(dir.path() / "desk.sock");
    write_all(nonsense.get(), "[1,2\n");
  }
  CHECK(ask_desk(dir.path(), {{"command", "hello"}}, hang())["said"] == "hello");
}

TEST_CASE("a session without a desk does not answer") {
  const TempDir dir("/tmp");
  CHECK_THROWS_WITH(ask_desk(dir.path(), {{"command", "hello"}}, hang()), Contains("does not answer"));
}

TEST_CASE("what a command says while nobody looks is kept, the newest of it") {
  const TempDir dir("/tmp");
  HeldOutput output;
  output.on_output("\x1b[?2004hbefore");
  output.keep_in(dir.path());
  output.on_output("first");
  CHECK(read_file(dir.path() / "output.log") == "first");
  const std::string much(1000, 'x');
  for (int i = 0; i < 4000; ++i) {
    output.on_output(much);
  }
  output.on_output("last");
  CHECK(read_file(dir.path() / "output.log").ends_with("last"));
  CHECK(std::filesystem::file_size(dir.path() / "output.log") <= 1U << 20U);
  CHECK(std::filesystem::file_size(dir.path() / "output.old.log") <= 1U << 20U);
  CHECK(output.modes().repeat_sequence() == "\x1b[?2004h");
}

}  // namespace agentbox::desk_test
