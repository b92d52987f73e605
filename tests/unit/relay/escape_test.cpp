// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/escape.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace agentbox::escape_test {

using Event = EscapeScanner::Event;

namespace {

/// What typing gives: the bytes sent, "<help>" where the help is shown, "<end>" where the session ends.
std::string typed(const std::vector<std::string>& reads, WaysOut ways = WaysOut::end) {
  EscapeScanner scanner(ways);
  std::string all;
  for (std::string_view rest : reads) {
    while (!rest.empty()) {
      const auto result = scanner.scan(rest);
      all += result.forwarded;
      rest.remove_prefix(result.consumed);
      if (result.event == Event::end || result.event == Event::detach) {
        return all + (result.event == Event::end ? "<end>" : "<detach>");
      }
      all += result.event == Event::help ? "<help>" : "";
    }
  }
  return all;
}

struct Case {
  std::string input;
  std::string expected;
};

const std::vector<Case> cases{
    {"plain text", "plain text"},
    {"~.", "<end>"},
    {"ls\r~.", "ls\r<end>"},
    {"ls\n~.", "ls\n<end>"},
    {"a~.", "a~."},
    {"\r~~", "\r~"},
    {"\r~~.", "\r~."},
    {"~?~.", "<help><end>"},
    {"~?x", "<help>x"},
    {"\r~x~.", "\r~x~."},
    {"\r~\r~.", "\r~\r<end>"},
    {"cd ~/x\r~/bin\r", "cd ~/x\r~/bin\r"},
    {"\x03~.", "\x03~."},
    // Inside a bracketed paste nothing is an escape; after it, a new line is needed.
    {"\x1b[200~a\r~.b\x1b[201~", "\x1b[200~a\r~.b\x1b[201~"},
    {"\x1b[200~a\r\x1b[201~~.", "\x1b[200~a\r\x1b[201~~."},
    {"\x1b[200~a\x1b[201~\r~.", "\x1b[200~a\x1b[201~\r<end>"},
    {"\x1b[200~\x1b[20\x1b[201~\r~.", "\x1b[200~\x1b[20\x1b[201~\r<end>"},
    {"\x1b[202~\r~.", "\x1b[202~\r<end>"},
    {"\r~\x1b[200~\r~.\x1b[201~", "\r~\x1b[200~\r~.\x1b[201~"},
    {"\x1b[A\r~.", "\x1b[A\r<end>"},
    {"\r~\x1b[A.", "\r~\x1b[A."},
};

}  // namespace

TEST_CASE("the escape is found where it is one, and nowhere else") {
  for (const auto& [input, expected] : cases) {
    INFO(input);
    CHECK(typed({input}) == expected);
  }
}

TEST_CASE("it is the same however the keys arrive") {
  for (const auto& [input, expected] : cases) {
    INFO(input);
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      CHECK(typed({input.substr(0, cut), input.substr(cut)}) == expected);
    }
    std::vector<std::string> single;
    for (const char byte : input) {
      single.emplace_back(1, byte);
    }
    CHECK(typed(single) == expected);
  }
}

TEST_CASE("a lone tilde at the start of a line is sent with the next key") {
  EscapeScanner scanner;
  CHECK(scanner.scan("\r~").forwarded == "\r");
  CHECK(scanner.scan("/").forwarded == "~/");
}

TEST_CASE("a lone ESC is never held back") {
  EscapeScanner scanner;
  CHECK(scanner.scan("\x1b").forwarded == "\x1b");
  CHECK(scanner.scan("\r~").forwarded == "\r");
  CHECK(scanner.scan("\x1b").forwarded == "~\x1b");
}

// codex has the terminal report key releases: between the `~` and the `.` comes the release of the tilde's key.
TEST_CASE("reported key releases do not hide the escape") {
  CHECK(typed({"\r", "\x1b[13;1:3u", "~", "\x1b[96;2:3u", "."}) == "\r\x1b[13;1:3u<end>");
  CHECK(typed({"\r", "~", "\x1b[96;2:3u", "x"}) == "\r~\x1b[96;2:3ux");
  CHECK(typed({"\r", "~", "\x1b[96;2:1u", "."}) == "\r~\x1b[96;2:1u.");  // a press is a key like any other
  CHECK(typed({"\r~\x1b[1;1:3A."}) == "\r<end>");
}

TEST_CASE("megabytes pass through unchanged") {
  std::string text;
  for (int i = 0; i < 200000; ++i) {
    text += "line " + std::to_string(i) + " ~ . \x1b[0m\r";
  }
  CHECK(typed({text}) == text);
}

TEST_CASE("a session that can go on without its terminal is left by ~d") {
  CHECK(typed({"ls\r~d"}) == "ls\r~d");  // elsewhere these are two letters
  CHECK(typed({"ls\r~d"}, WaysOut::end_or_detach) == "ls\r<detach>");
  CHECK(typed({"ls\r~", "d"}, WaysOut::end_or_detach) == "ls\r<detach>");
  CHECK(typed({"a~d\r~~d"}, WaysOut::end_or_detach) == "a~d\r~d");
  CHECK(typed({"\r~."}, WaysOut::end_or_detach) == "\r<end>");
}

TEST_CASE("who has joined a session only leaves it") {
  CHECK(typed({"\r~."}, WaysOut::detach) == "\r<detach>");
  CHECK(typed({"\r~d"}, WaysOut::detach) == "\r<detach>");
  CHECK(escape_help(WaysOut::detach).find("end this") == std::string_view::npos);
}

}  // namespace agentbox::escape_test
