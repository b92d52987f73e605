// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/ask/ask_screen.hpp"

#include "support/catch.hpp"

namespace agentbox::ask_screen_test {

namespace {

using Lines = std::vector<std::string>;

PosedQuestion about(const std::string& name) {
  return {.question = {1, HostName::parse(name).value(), 443}, .last_chance = false, .time = std::chrono::seconds(30)};
}

TerminalModes modes_after(std::string_view output) {
  TerminalModes modes;
  modes.feed(output);
  return modes;
}

const std::string ended = "\x18\x1b\\\x1b<\x1b[?2026l";
const std::string neutral = "\x1b[0m\x1b(B\x0f\x1b[4l\x1b[?6l\x1b[?69l";
const std::string unbent_main = ended + "\x1b[?1049h" + neutral;
const std::string unbent_alternate = ended + "\x1b" + "7" + neutral;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the text of a question") {
  CHECK(ask_lines(about("registry.example.org"), 80) ==
        Lines{"agentbox: may this session connect to", "  registry.example.org:443",
              "[o]nce [s]ession [a]lways, in this project [d]eny (30 s)"});
  PosedQuestion last = about("a.test");
  last.last_chance = true;
  CHECK(ask_lines(last, 80)[2] == "If not, nothing more is asked in this session.");
}

// A name that begins with "github.com." and ends elsewhere must not be shortened at either end.
TEST_CASE("a long name is shown whole, on as many lines as it takes") {
  const std::string name = "github.com." + std::string(60, 'x') + "." + std::string(60, 'y') + ".evil.example";
  std::string shown;
  const Lines lines = ask_lines(about(name), 40);
  for (const std::string& line : lines) {
    CHECK(line.size() <= 40);
    if (line.starts_with("  ")) shown += line.substr(2);
  }
  CHECK(shown == name + ":443");
  CHECK_FALSE(ask_screen(about(name), {}, {.columns = 40, .rows = 6}));
  CHECK(ask_screen(about(name), {}, {.columns = 40, .rows = 24}));
  CHECK_FALSE(ask_screen(about("a.test"), {}, {.columns = 19, .rows = 24}));
}

TEST_CASE("a guest on the main screen gets it back as it was") {
  const auto screen = ask_screen(about("a.test"), {}, {.columns = 80, .rows = 24});
  REQUIRE(screen);
  CHECK(screen->after == AskScreen::After::as_before);
  CHECK(screen->open.starts_with(unbent_main));
  CHECK(contains(screen->open, "\x1b[1;1H"));
  CHECK(screen->close == "\x1b[?1049l");
}

TEST_CASE("a guest on the alternate screen loses the lowest lines") {
  const auto screen = ask_screen(about("a.test"), modes_after("\x1b[?1049h"), {.columns = 80, .rows = 24});
  REQUIRE(screen);
  CHECK(screen->after == AskScreen::After::repaint);
  CHECK(screen->open.starts_with(unbent_alternate));
  CHECK(contains(screen->open, "\x1b[22;1H"));
  CHECK_FALSE(contains(screen->open, "\x1b[2J"));
  CHECK(contains(screen->close, "\x1b[24;1H\x1b[2K"));
  CHECK(
      screen->close.ends_with("\x1b"
                              "8"));
}

// Each of these would hide our text from the user or put it elsewhere, with the guest's own text in its place.
TEST_CASE("what a guest has set cannot bend the question, and holds again afterwards") {
  const TerminalModes hostile =
      modes_after("\x1b[?1049h\x1b[?6h\x1b[?69h\x1b[4h\x1b(0\x0e\x1b[?2026h\x1b[8m\x1b]2;never ended");
  const auto screen = ask_screen(about("a.test"), hostile, {.columns = 80, .rows = 24});
  REQUIRE(screen);
  CHECK(screen->open.starts_with(unbent_alternate));
  CHECK(
      screen->close.ends_with("\x1b[?6h\x1b[?69h\x1b[4h\x1b"
                              "8"));
}

// Attack: a way into a mode that is not followed here (C1 control characters in UTF-8), and colours by which our text
// cannot be seen while the guest's own, in others, tells the user to press "o".
TEST_CASE("a question is seen whatever was done that is not known of") {
  for (const char* output :
       {"\xc2\x90never ended", "\xc2\x9b?69h\xc2\x9b?6h", "\x1b[?2l", "\x1b]10;#000\a\x1b]11;#000\a",
        "\x1b[00000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000000000000000000000004h"}) {
    INFO(output);
    const auto screen = ask_screen(about("a.test"), modes_after(output), {.columns = 80, .rows = 24});
    REQUIRE(screen);
    CHECK(screen->open.starts_with(unbent_main));
    CHECK(contains(screen->open, "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m  a.test:443"));
  }
}

}  // namespace agentbox::ask_screen_test
