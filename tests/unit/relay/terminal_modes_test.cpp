// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/terminal_modes.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace agentbox::terminal_modes_test {

namespace {

std::string restored_after(const std::vector<std::string>& writes) {
  TerminalModes modes;
  for (const auto& write : writes) {
    modes.feed(write);
  }
  return modes.restore_sequence();
}

struct Case {
  std::string output;
  std::string restore;
};

const std::vector<Case> cases{
    {"plain text \xc3\xa9\r\n", ""},
    {"\x1b[2J\x1b[H\x1b[31mred\x1b[0m\x1b[39m\x1b[m", ""},
    {"\x1b[31mred", "\x1b[0m"},
    {"\x1b[1;38;2;1;2;3mx", "\x1b[0m"},
    {"\x1b[?1049h", "\x1b[?1049l"},
    {"\x1b[?1049h\x1b[?1049l", ""},
    {"\x1b[?1049h\x1b[?47l", ""},
    {"\x1b[?25l", "\x1b[?25h"},
    {"\x1b[?25l\x1b[?25h", ""},
    {"\x1b[?1000;1002;1006h", "\x1b[?1000l\x1b[?1002l\x1b[?1006l"},
    {"\x1b[?1000h\x1b[?1006h\x1b[?1000l", "\x1b[?1006l"},
    {"\x1b[?2004h", "\x1b[?2004l"},
    {"\x1b[?2026h\x1b[?1049h", "\x1b[?2026l\x1b[?1049l"},
    {"\x1b[?7l", "\x1b[?7h"},
    {"\x1b[?12;5522h", ""},  // blinking cursor and unknown modes are none of ours
    {"\x1b[?1h\x1b=", "\x1b[?1l\x1b>"},
    {"\x1b[>1u", "\x1b[<1u"},
    {"\x1b[>1u\x1b[>5u\x1b[<u", "\x1b[<1u"},
    {"\x1b[>1u\x1b[<2u", ""},
    {"\x1b[?1049h\x1b[>1u", "\x1b[<1u\x1b[?1049l"},
    {"\x1b[>1u\x1b[?1049h", "\x1b[?1049l\x1b[<1u"},
    {"\x1b[=5;1u", "\x1b[=0u"},
    {"\x1b[>4;2m", "\x1b[>4;0m"},
    {"\x1b[>4;2m\x1b[>4m", ""},
    {"\x1b[3;20r",
     "\x1b"
     "7\x1b[r\x1b"
     "8"},
    {"\x1b[3;20r\x1b[r", ""},
    {"\x1b[5 q", "\x1b[0 q"},
    {"\x1b[5 q\x1b[0 q", ""},
    {"\x1b(0lqk\x1b(B", ""},
    {"\x1b(0lqk", "\x1b(B"},
    {"\x0e", "\x0f"},
    {"\x1b[4h", "\x1b[4l"},
    {"\x1b[?1049h\x1b[31m\x1b[?25l\x1b"
     "c",
     ""},
    {"\x1b[?1049h\x1b[31m\x1b[?25l\x1b[!p", "\x1b[?1049l"},
    {"\x1b]0;title with [?1049h in it\a", ""},
    {"\x1b]0;title\x1b\\\x1b[?25l", "\x1b[?25h"},
    {"\x1bP1$r0m\x1b\\", ""},
    {"\x1b[22;0t\x1b[22;0t\x1b[23;0t", "\x1b[23;0t"},  // the window's title
    {"\x1b[22;0t\x1b" "c", "\x1b[23;0t"},
    {"\x1b]8;;https://x/\atext", "\x1b]8;;\x1b\\"},
    {"\x1b]8;;https://x/\atext\x1b]8;;\a", ""},
    {"\x1b]8;id=1;https://x/;\atext\x1bP8;;\x1b\\", "\x1b]8;;\x1b\\"},
    // Cut in the middle: whatever comes next must not be swallowed by the terminal.
    {"\x1b]0;unterminated", "\x18\x1b\\"},
    {"\x1b[?10", "\x18\x1b\\"},
    {"\x1b", "\x18\x1b\\"},
    {"\x1b]0;x\x18", ""},
    {"\x1b]0;x\x1b[?25l", "\x1b[?25h"},  // ESC ends a string
};

}  // namespace

TEST_CASE("what is switched on is switched off, and nothing else") {
  for (const auto& [output, restore] : cases) {
    INFO(output);
    CHECK(restored_after({output}) == restore);
  }
}

TEST_CASE("the result is the same wherever the output is cut") {
  for (const auto& [output, restore] : cases) {
    INFO(output);
    for (std::size_t cut = 0; cut <= output.size(); ++cut) {
      CHECK(restored_after({output.substr(0, cut), output.substr(cut)}) == restore);
    }
  }
}

TEST_CASE("after the restore sequence nothing is left to restore") {
  for (const auto& [output, restore] : cases) {
    INFO(output);
    CHECK(restored_after({output, restore}).empty());
  }
}

// A terminal that comes later must behave as the program believes, or pastes arrive as keys, and the mouse as nothing.
TEST_CASE("another terminal gets the modes that the program has switched on") {
  const std::vector<std::pair<std::string, std::string>> repeated{
      {"plain \x1b[31mtext", ""},
      {"\x1b[?2004h", "\x1b[?2004h"},
      {"\x1b[?25l\x1b[?7l", "\x1b[?7l\x1b[?25l"},
      {"\x1b[?1049h\x1b[>1u\x1b[?1000;1006h", "\x1b[?1049h\x1b[>1u\x1b[?1000h\x1b[?1006h"},
      {"\x1b[>5u\x1b[>7u\x1b[<u", "\x1b[>5u"},
      {"\x1b[>3u\x1b[?1049h", "\x1b[>3u\x1b[?1049h"},
      {"\x1b[=5;1u\x1b[>4;2m\x1b=\x1b[5 q", "\x1b[=5;1u\x1b[>4;2m\x1b=\x1b[5 q"},
      {"\x1b[?2026h\x1b[?2004h", "\x1b[?2004h"},
      {"\x1b[>-7u\x1b[=99u\x1b[>4;77m\x1b[-3 q", "\x1b[>0u\x1b[=31;1u\x1b[>4;3m"},
      {"\x1b[?2004h\x1b]0;unterminated", "\x1b[?2004h"},
  };
  for (const auto& [output, expected] : repeated) {
    INFO(output);
    TerminalModes modes;
    modes.feed(output);
    CHECK(modes.repeat_sequence() == expected);
    TerminalModes other;
    other.feed(expected);
    CHECK(other.repeat_sequence() == expected);
  }
}

// The scanner reads what a hostile guest writes.
TEST_CASE("endless parameters, numbers and strings are survived") {
  CHECK(restored_after({"\x1b[?" + std::string(1000000, '1') + "h"}).empty());
  CHECK(restored_after({"\x1b[?99999999999999999999;25l"}) == "\x1b[?25h");
  CHECK(restored_after({"\x1b]" + std::string(1000000, 'x') + "\a"}).empty());
  std::string pushes;
  for (int i = 0; i < 100000; ++i) {
    pushes += "\x1b[>1u";
  }
  CHECK(restored_after({pushes}) == "\x1b[<32u");
}

TEST_CASE("any bytes at all are survived") {
  std::uint32_t state = 1;
  TerminalModes modes;
  for (int i = 0; i < 300000; ++i) {
    state = state * 1664525U + 1013904223U;
    const char byte = static_cast<char>((state >> 24U) % 5 == 0 ? 0x1b : (state >> 16U) & 0x7fU);
    modes.feed(std::string_view(&byte, 1));
  }
  CHECK(modes.restore_sequence().size() < 1000);
}

}  // namespace agentbox::terminal_modes_test
