// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "relay_run.hpp"
#include "support/catch.hpp"
#include "support/relay_tmux.hpp"

namespace agentbox::screen_test {

using namespace agentbox::test;

// Each test runs the same program in two terminals, once by itself and once through the relay, and compares the
// screens.

namespace {

constexpr const char* child_variable = "AGENTBOX_TEST_RELAY_CHILD";
constexpr TerminalSize usual{.columns = 80, .rows = 24};

/// The words that make this test program relay command in the terminal where they are run.
std::vector<std::string> relayed(const SshdFixture& sshd, const std::string& command) {
  const SshEndpoint endpoint = sshd.endpoint();
  const auto file = sshd.directory() / "relay_child";
  std::string text;
  for (const auto& field :
       {std::to_string(sshd.port().number()), endpoint.user, endpoint.host_key, endpoint.private_key, command}) {
    text += field + '\0';
  }
  write_file_atomically(file, text);
  return {"env",
          std::string(child_variable) + "=" + file.string(),
          std::filesystem::read_symlink("/proc/self/exe").string(),
          "[relay-child]",
          "-o",
          "/dev/null"};
}

std::vector<std::string> direct(const std::string& command) { return {"sh", "-c", command}; }

}  // namespace

TEST_CASE("the relay in a terminal of tmux; not a test", "[.][relay-child]") {
  const char* file = std::getenv(child_variable);
  if (file == nullptr) {
    skip("this is run by the tests of this file");
  }
  const auto fields = split(read_file(file), '\0');
  std::_Exit(relay_here(
      SshEndpoint{.server = TcpAddress{.port = Port::parse(fields[0])},
                  .user = fields[1],
                  .host_key = fields[2],
                  .private_key = fields[3]},
      {.command = fields[4]}));
}

TEST_CASE("colours, attributes, UTF-8 and cursor movements look as without the relay") {
  const SshdFixture sshd;
  const Tmux tmux;
  const std::string program =
      "printf '\\033[2J\\033[H\\033[1;31mred\\033[0m \\033[38;5;208morange\\033[0m "
      "\\033[48;2;10;20;30mdark\\033[0m\\r\\n'; "
      "printf 'gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 e\xcc\x81\\r\\n'; "
      "printf '\\033(0lqqk\\033(B\\033[10;40Hthere\\033[3A\\033[5Dup\\033[?25l'; printf '\\033[20;1Hmarker'; sleep 30";
  tmux.open("direct", usual, direct(program));
  tmux.open("relayed", usual, relayed(sshd, program));
  CHECK(tmux.screen_with("relayed", "marker").find("marker") != std::string::npos);
  CHECK(tmux.difference("direct", "relayed") == "");
}

TEST_CASE("a pager on the alternate screen: keys, a resize, and the screen as it was afterwards") {
  const SshdFixture sshd;
  if (find_program("less").empty()) {
    skip("there is no less");
  }
  const Tmux tmux;
  std::string text;
  for (int i = 1; i <= 500; ++i) {
    text += "line " + std::to_string(i) + " \xe2\x94\x82 " + std::string(static_cast<std::size_t>(i % 60), '.') + "\n";
  }
  write_file_atomically(sshd.directory() / "text", text, 0644);
  const std::string program =
      "echo before; LESS= LESSCHARSET=utf-8 less " + (sshd.directory() / "text").string() + "; echo after";
  tmux.open("direct", usual, direct(program));
  tmux.open("relayed", usual, relayed(sshd, program));
  for (const char* name : {"direct", "relayed"}) {
    REQUIRE(tmux.screen_with(name, "line 20").find("line 20") != std::string::npos);
    tmux.type(name, {"G", "g", "/line 250", "Enter"});
    REQUIRE(tmux.screen_with(name, "line 260").find("line 260") != std::string::npos);
  }
  CHECK(tmux.difference("direct", "relayed") == "");

  for (const char* name : {"direct", "relayed"}) {
    tmux.resize(name, {.columns = 52, .rows = 15});
  }
  for (const char* name : {"direct", "relayed"}) {
    REQUIRE(tmux.screen_with(name, "line 250").find("line 250") != std::string::npos);  // redrawn
    tmux.type(name, {"G"});
    const std::string page = tmux.screen_with(name, "line 500");
    CHECK(page.find("line 487") != std::string::npos);  // 14 lines and the prompt
    CHECK(page.find("line 486") == std::string::npos);
  }
  CHECK(tmux.difference("direct", "relayed") == "");

  for (const char* name : {"direct", "relayed"}) {
    tmux.type(name, {"q"});
    const std::string end = tmux.screen_with(name, "after");
    INFO(end);
    CHECK(end.find("alternate 0") != std::string::npos);
  }
  CHECK(tmux.difference("direct", "relayed") == "");
}

TEST_CASE("a full-screen program that is killed leaves the terminal in order") {
  const SshdFixture sshd;
  const Tmux tmux;
  const std::string program =
      "echo shell line; printf '\\033[?1049h\\033[?25l\\033[?1002;1006h\\033[?1h\\033=\\033[31;44mfull screen'; sleep "
      "30";
  tmux.open("relayed", usual, relayed(sshd, program));
  const std::string during = tmux.screen_with("relayed", "full screen");
  CHECK(during.find("visible 0 alternate 1 mouse 1 keypad 11") != std::string::npos);
  tmux.type("relayed", {"Enter", "~", "."});
  const std::string after = tmux.screen_with("relayed", "ended 200");
  INFO(after);
  CHECK(after.find("ended 200") != std::string::npos);
  CHECK(after.find("shell line") != std::string::npos);
  CHECK(after.find("visible 1 alternate 0 mouse 0 keypad 00") != std::string::npos);
  CHECK(after.find("full screen") == std::string::npos);
}

}  // namespace agentbox::screen_test
