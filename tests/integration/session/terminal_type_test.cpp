// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/terminal_type.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::terminal_type_test {

namespace {

const std::string compiled = "\x1e\x02 the rest does not matter";

struct Terminfo {
  TempDir directory{std::filesystem::temp_directory_path(), "terminfo"};
  std::vector<std::filesystem::path> directories{directory.path() / "none", directory.path() / "own", directory.path() / "system"};

  void add(const std::string& file, const std::string& content) const {
    make_directories((directory.path() / file).parent_path());
    write_file_atomically(directory.path() / file, content);
  }
};

}  // namespace

TEST_CASE("the host's description of an unusual terminal is handed over, the user's own first") {
  const Terminfo terminfo;
  terminfo.add("system/x/xterm-new", compiled + "1");
  terminfo.add("own/x/xterm-new", compiled + "2");
  terminfo.add("system/78/xterm-hashed", compiled);
  const auto entry = terminal_description("xterm-new", terminfo.directories);
  REQUIRE(entry);
  CHECK(entry->path == ".terminfo/x/xterm-new");
  CHECK(entry->content == compiled + "2");
  CHECK(terminal_description("xterm-hashed", terminfo.directories)->path == ".terminfo/x/xterm-hashed");
}

TEST_CASE("no description is handed over of what every guest knows, what is none, and what is no terminal's name") {
  const Terminfo terminfo;
  terminfo.add("system/x/xterm-256color", compiled);
  terminfo.add("system/t/text", "not compiled");
  terminfo.add("system/b/big", compiled + std::string(100'000, 'x'));
  for (const char* term : {"xterm-256color", "text", "big", "missing", "", ".", "..", "../x/xterm", "a/b", "a b", "a\x1b"}) {
    INFO(term);
    CHECK_FALSE(terminal_description(term, terminfo.directories));
  }
}

}  // namespace agentbox::terminal_type_test
