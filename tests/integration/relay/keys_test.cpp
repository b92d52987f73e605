// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay_run.hpp"
#include "support/catch.hpp"
#include "support/relay_pty.hpp"

#include <utility>

namespace agentbox::keys_test {

using namespace agentbox::test;

// What a terminal sends is the guest's, byte for byte, in whatever way it spells keys.

namespace {

constexpr TerminalSize usual{.columns = 80, .rows = 24};

std::string in_hexadecimal(const std::string& text) {
  std::string shown;
  for (const char byte : text) {
    constexpr const char* digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    shown += {digits[value >> 4U], digits[value & 15U]};
  }
  return shown;
}

}  // namespace

TEST_CASE("keys, pastes, the mouse and the focus reach a program in raw mode as the terminal sends them") {
  const SshdFixture sshd;
  struct Input {
    const char* what;
    std::string bytes;
  };
  const Input inputs[] = {
      {"Shift+Enter, kitty", "\x1b[13;2u"},
      {"Shift+Enter, modifyOtherKeys", "\x1b[27;2;13~"},
      {"Alt+Enter", "\x1b\r"},
      {"Escape", "\x1b"},
      {"Escape twice", "\x1b\x1b"},
      {"Ctrl-C twice", "\x03\x03"},
      {"Ctrl-Z", "\x1a"},
      {"Ctrl-C, kitty, with its release", "\x1b[99;5u\x1b[99;5:3u"},
      {"a paste of two lines", "\x1b[200~one\rtwo\x1b[201~"},
      {"mouse", "\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<64;1;1M"},
      {"focus", "\x1b[I\x1b[O"},
      {"answers", "\x1b[?62;22c\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\\x1bP>|term 1.0\x1b\\"},
      {"beyond ASCII", "\xc3\xbc\xf0\x9f\x98\x80"},
  };
  std::string all;
  for (const auto& input : inputs) {
    all += input.bytes;
  }
  // The modes under which terminals send such, as agents set them.
  TerminalUser user(usual, [&] {
    return relay_here(
        sshd.endpoint(),
        {.command = "stty raw -echo; printf '\\033[?1049h\\033[>7u\\033[>4;2m\\033[?2004h\\033[?1004h\\033[?1003;1006h"
                    "\\033[?2026hready\\033[?2026l'; head -c " +
                    std::to_string(all.size()) + " | od -An -v -tx1 | tr -d ' \\n'; printf end"});
  });
  REQUIRE(user.sees("ready"));
  for (const char* mode :
       {"\x1b[?1049h", "\x1b[>7u", "\x1b[>4;2m", "\x1b[?2004h", "\x1b[?1004h", "\x1b[?1003;1006h", "\x1b[?2026h"}) {
    INFO(mode + 1);
    CHECK(user.screen().find(mode) != std::string::npos);
  }
  for (const auto& input : inputs) {
    user.type(input.bytes);
  }
  REQUIRE(user.sees("end"));
  CHECK(user.screen().find(in_hexadecimal(all)) != std::string::npos);
  CHECK(user.wait() == ExitStatus::exited(0));
}

// The guest's SSH server makes a PTY that edits lines: Ctrl-D would come out of it as a NUL, Enter as a newline, Ctrl-C not at all.
TEST_CASE("what is typed while a command is being joined waits until its terminal is raw") {
  const SshdFixture sshd;
  TerminalUser user(usual, [&] {
    return relay_here(sshd.endpoint(), {.command = "sleep 1; stty raw -echo; printf ready; head -c 7 | od -An -v -tx1 | tr -d ' \n'; printf end",
                                        .joins = true});
  });
  REQUIRE(user.sees("joining"));
  user.type("\x04\x03" "exit\r");
  REQUIRE(user.sees("ready"));
  REQUIRE(user.sees("end"));
  CHECK(user.screen().find(in_hexadecimal("\x04\x03" "exit\r")) != std::string::npos);
}

namespace {

/// Has the image of the first key, and none after that.
class OneImage : public ImageSource {
 public:
  std::optional<std::string> put_into_guest() override { return std::exchange(path_, std::nullopt); }

 private:
  std::optional<std::string> path_ = "/tmp/pasted.png";
};

/// What arrives when all of typed is typed, with a program that has set these modes.
std::string arrives(const std::string& modes, const std::string& typed, std::size_t length) {
  const SshdFixture sshd;
  OneImage images;
  TerminalUser user(usual, [&] {
    return relay_here(sshd.endpoint(), {.command = "stty raw -echo; printf '" + modes + "ready'; head -c " + std::to_string(length) +
                                                   " | od -An -v -tx1 | tr -d ' \\n'; printf end",
                                        .images = &images});
  });
  REQUIRE(user.sees("ready"));
  user.type(typed);
  REQUIRE(user.sees("end"));
  const std::string screen = user.screen();
  const auto begin = screen.find("ready") + 5;
  return screen.substr(begin, screen.find("end", begin) - begin);
}

}  // namespace

TEST_CASE("the key that pastes an image becomes a paste of the image's path, and where there is none it is a key") {
  const std::string expected = "a\x1b[200~/tmp/pasted.png\x1b[201~b\x16" "c";
  CHECK(arrives("\\033[?2004h", "a\x16" "b\x16" "c", expected.size()).find(in_hexadecimal(expected)) != std::string::npos);
  const std::string unmarked = "a/tmp/pasted.pngb";
  CHECK(arrives("", "a\x1b[118;5ub", unmarked.size()).find(in_hexadecimal(unmarked)) != std::string::npos);
}

}  // namespace agentbox::keys_test
