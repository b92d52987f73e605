// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/shown_text.hpp"

#include "support/catch.hpp"

namespace agentbox::shown_text_test {

using namespace std::string_literals;

TEST_CASE("of a terminal's output the words remain, line by line") {
  CHECK(shown_text("").empty());
  CHECK(shown_text("a\r\n\r\n  b\tc  \nd") == "a\n  b\tc\nd\n");
  CHECK(shown_text(
            "\x1b[1;31mred\x1b[0m and \x1b]8;;https://a.example/\x1b\\a link\x1b]8;;\x1b\\, \x1b]0;title\atoo\x1b(B") ==
        "red and a link, too\n");
  CHECK(shown_text("\x1b[2J\x1b[1;1HTop\x1b[5Cof it\x1b[7;3HBelow\x1b[AAbove\x1b[?25h") == "Top of it\nBelow\nAbove\n");
  CHECK(shown_text("10%\r50%\r100%\n") == "10%\n50%\n100%\n");
  CHECK(shown_text("\x1bPsixel\x1b\\\x1b_kitty\x1b\\a\0\b\x7f"
                   "b\u20ac"s) == "ab\u20ac\n");
}

TEST_CASE("what was cut off in the midst of a sequence is no reason to look beyond the end") {
  for (const auto* cut : {"a\x1b", "a\x1b[", "a\x1b[12;", "a\x1b]0;title", "a\x1b(", "a\x1bP"}) {
    CHECK(shown_text(cut) == "a\n");
  }
}

TEST_CASE("the words of an output are the same wherever it is cut") {
  const std::string output =
      "\x1b[1;31mred\x1b[0m\r\n\x1b]8;;https://a.example/\x1b\\a "
      "link\x1b]8;;\x1b\\\x1b]0;title\atoo\x1b(B\x1b[2;1HBelow\x1bPsixel\x1b\\ it\x1b[3C!\x1b\x1b[Aend";
  const std::string whole = shown_text(output);
  CHECK(whole == "red\na linktoo\nBelow it !\nend\n");
  for (std::size_t cut = 0; cut <= output.size(); ++cut) {
    ShownText shown;
    std::string text = shown.lines(output.substr(0, cut));
    text += shown.lines(output.substr(cut));
    CHECK(text + shown.end() == whole);
  }
}

TEST_CASE("of an output that comes in pieces only complete lines are told, and one that never ends is cut") {
  ShownText shown;
  CHECK(shown.lines("one\ntw") == "one\n");
  CHECK(shown.lines("o").empty());
  CHECK(shown.lines("\n") == "two\n");
  CHECK(shown.lines(std::string(ShownText::longest_line, 'x')) == std::string(ShownText::longest_line, 'x') + "\n");
  CHECK(shown.lines("rest").empty());
  CHECK(shown.end() == "rest\n");
}

}  // namespace agentbox::shown_text_test
