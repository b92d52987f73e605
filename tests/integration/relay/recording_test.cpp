// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/cast_reader.hpp"
#include "relay/record/cast_writer.hpp"
#include "relay/record/player.hpp"
#include "relay_run.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace agentbox::recording_test {

using namespace agentbox::test;

namespace {

constexpr TerminalSize usual{.columns = 80, .rows = 24};

struct Room {
  TempDir directory{std::filesystem::temp_directory_path(), "cast"};
  std::filesystem::path file = directory.path() / "a.cast";
};

/// All output of a cast, joined.
std::string output_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  CastReader reader(stream);
  std::string all;
  while (const auto event = reader.next()) {
    all += event->output;
  }
  return all;
}

/// Plays a cast on a terminal, in a process of its own.
class Viewer : public TerminalUser {
 public:
  explicit Viewer(const std::string& cast, const PlaySettings& settings = {})
      : TerminalUser(usual, [cast, settings] {
          block_signals();
          std::istringstream stream(cast);
          CastReader reader(stream);
          play(reader, settings);
          return 0;
        }) {}
};

const std::string header = "{\"version\": 2, \"width\": 80, \"height\": 24}\n";

}  // namespace

TEST_CASE("a recording holds what was shown, and nothing that asks, acts on keys, or is secret") {
  const Room room;
  {
    CastWriter writer({.file = room.file, .title = "run-1", .secrets = {"placeholder-1"}}, usual);
    writer.output("one \x1b[31mred\x1b[6n\x1b[?1049;1000h placeh", CastWriter::Form::terminal);
    writer.output("older-1\r\n\xe2\x82\xac\x1b]52;c;YQ==\a", CastWriter::Form::terminal);
    writer.resize({.columns = 100, .rows = 30});
    // Readable at any moment: nothing is kept back but what may be a secret's beginning.
    CHECK(output_of(room.file) == "one \x1b[31mred\x1b[?1049h *************\r\n\xe2\x82\xac");
  }
  struct stat status {};
  REQUIRE(::stat(room.file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  const std::string text = read_file(room.file);
  CHECK(text.starts_with("{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":"));
  CHECK(text.find("\"r\", \"100x30\"]") != std::string::npos);
}

TEST_CASE("lines of a command without a terminal are recorded as a terminal shows them") {
  const Room room;
  {
    CastWriter writer({.file = room.file, .title = "x", .secrets = {}}, usual);
    writer.output("a\nb\r", CastWriter::Form::lines);
    writer.output("\nc", CastWriter::Form::lines);
  }
  CHECK(output_of(room.file) == "a\r\nb\r\nc");
}

TEST_CASE("a recording stops at its bound, and says so") {
  const Room room;
  CastWriter writer({.file = room.file, .title = "x", .secrets = {}, .most_bytes = 4000}, usual);
  for (int i = 0; i < 1000; ++i) {
    writer.output("0123456789", CastWriter::Form::terminal);
  }
  CHECK(std::filesystem::file_size(room.file) <= 4000);
  CHECK(writer.problem().find("full") != std::string::npos);
  CHECK(!output_of(room.file).empty());
}

TEST_CASE("a recording replaces no file, and follows no link") {
  const Room room;
  write_file_atomically(room.file, "mine");
  CHECK_THROWS_AS(CastWriter({.file = room.file, .title = "x", .secrets = {}}, usual), Error);
  CHECK(read_file(room.file) == "mine");
  std::filesystem::remove(room.file);
  std::filesystem::create_symlink(room.directory.path() / "elsewhere", room.file);
  CHECK_THROWS_AS(CastWriter({.file = room.file, .title = "x", .secrets = {}}, usual), Error);
  CHECK(!std::filesystem::exists(room.directory.path() / "elsewhere"));
}

TEST_CASE("the relay records what its user sees") {
  const SshdFixture sshd;
  const Room room;
  TerminalUser user(usual, [&] {
    CastWriter writer({.file = room.file, .title = "x", .secrets = {}}, usual);
    return relay_here(sshd.endpoint(), {.command = "printf 'seen\\033]52;c;YQ==\\007'; exit 3", .recording = &writer});
  });
  CHECK(user.wait() == ExitStatus::exited(3));
  CHECK(output_of(room.file) == "seen");
}

TEST_CASE("what is no cast, or a damaged one, is read as far as it goes") {
  const auto read = [](const std::string& text) {
    std::istringstream stream(text);
    CastReader reader(stream);
    std::string all;
    while (const auto event = reader.next()) {
      all += event->output + "|";
    }
    return all;
  };
  for (const char* text : {"", "\n", "{}", "[]", "{\"version\": 1}\n", "no\n"}) {
    CHECK_THROWS_AS(read(text), Error);
  }
  CHECK(read(header + "[0.1, \"o\", \"a\"]\n[0.2, \"i\", \"typed\"]\n[0.3, \"o\", \"b\"]\n[0.4, \"o\", \"cu") ==
        "a|b|");
  CHECK(read(header + "[\"x\", \"o\", \"a\"]\n") == "");
  CHECK(read(header + "[1e999, \"o\", \"a\"]\n") == "");
}

TEST_CASE("a recording is played in its own order, filtered, and the terminal is in order at the end") {
  Viewer user(
      header +
      "[0.0, \"o\", \"\\u001b[?25lone\\u001b[6n\\u001b]52;c;YQ==\\u0007\"]\n[0.05, \"o\", \"\\u001b[31mtwo\"]\n");
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen() == "\x1b[?25lone\x1b[31mtwo\x1b[0m\x1b[?25h");
}

TEST_CASE("keys: q stops, space pauses and goes on") {
  const std::string slow = header + "[0.0, \"o\", \"first\"]\n[0.5, \"o\", \"second\"]\n[500, \"o\", \"third\"]\n";
  Viewer user(slow);
  REQUIRE(user.sees("first"));
  user.type(" ");
  ::poll(nullptr, 0, 1000);  // longer than the pause of the recording; nothing happens that could be waited for
  user.type(" ");
  CHECK(user.sees("second"));
  user.type("q");
  CHECK(user.wait() == ExitStatus::exited(0));
  CHECK(user.screen() == "firstsecond");
}

TEST_CASE("pauses are as short as the limit says, and speed divides them") {
  Viewer limited(header + "[0, \"o\", \"a\"]\n[5000, \"o\", \"b\"]\n",
                 {.idle_limit = std::chrono::duration<double>(0.05)});
  CHECK(limited.wait() == ExitStatus::exited(0));
  CHECK(limited.screen() == "ab");
  Viewer fast(header + "[0, \"o\", \"a\"]\n[50, \"o\", \"b\"]\n", {.speed = 1000});
  CHECK(fast.wait() == ExitStatus::exited(0));
  CHECK(fast.screen() == "ab");
}

}  // namespace agentbox::recording_test
