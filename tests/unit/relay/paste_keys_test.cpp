// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/paste_keys.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace agentbox::paste_keys_test {

namespace {

/// What was typed, with each key that pastes in <>.
std::string marked(const std::vector<PasteKeyScanner::Part>& parts) {
  std::string all;
  for (const auto& part : parts) {
    all += part.kind == PasteKeyScanner::Part::Kind::paste_key ? "<" + part.text + ">" : part.text;
  }
  return all;
}

std::string scanned(std::string_view typed) {
  PasteKeyScanner scanner;
  return marked(scanner.scan(typed));
}

const std::string begin = "\x1b[200~";
const std::string end = "\x1b[201~";

}  // namespace

TEST_CASE("Ctrl-V in all its forms and a paste of nothing ask for an image") {
  for (const std::string key : {"\x16", "\x1b[118;5u", "\x1b[118;5:1u", "\x1b[118;69u", "\x1b[118;133:1u", "\x1b[118:86;5u",
                                "\x1b[1084::118;5u", "\x1b[118;5;22u", "\x1b[27;5;118~", "\x1b[200~\x1b[201~"}) {
    INFO(key.substr(1));
    CHECK(scanned("a" + key + "b") == "a<" + key + ">b");
    CHECK(scanned(key + key) == "<" + key + "><" + key + ">");
  }
}

TEST_CASE("other keys, releases, and whatever stands in a paste do not") {
  for (const std::string key : {"v", "\x1b[118;6u", "\x1b[118;7u", "\x1b[118;13u", "\x1b[118;5:2u", "\x1b[118;5:3u", "\x1b[118u", "\x1b[118;1u",
                                "\x1b[99;5u", "\x1b[13;2u", "\x1b[27;6;118~", "\x1b[27;5;13~", "\x1b[118;5~", "\x1b[A", "\x1bOA", "\x1b", "\x1b\x1b",
                                "\x1b[", "\x1b[<0;1;1M", "\x1b[;u", "\x1b[u", "\x1b[~", "\x1b]11;rgb:0/0/0\x1b\\"}) {
    INFO(key.substr(1));
    CHECK(scanned(key) == key);
  }
  const std::string paste = begin + "one \x16 \x1b[118;5u two" + end;
  CHECK(scanned(paste + "\x16") == paste + "<\x16>");
}

TEST_CASE("nothing is lost or comes in another order, however the bytes are split") {
  const std::string typed = "x" + begin + "\x16" + end + "\x1b[118;5u" + begin + end + "y\x16\x1b[27;5;118~" + begin + "a\x1b[20" + end + "z";
  const std::string expected = scanned(typed);
  CHECK(expected == "x" + begin + "\x16" + end + "<\x1b[118;5u><" + begin + end + ">y<\x16><\x1b[27;5;118~>" + begin + "a\x1b[20" + end + "z");
  for (std::size_t cut = 0; cut <= typed.size(); ++cut) {
    PasteKeyScanner scanner;
    const std::string first = marked(scanner.scan(typed.substr(0, cut)));
    const std::string both = first + marked(scanner.scan(typed.substr(cut)));
    INFO(cut);
    // Behind ESC, or ESC and `[`, nobody waits for the rest: it may be the keys themselves.
    const bool key_was_cut = typed.substr(0, cut).ends_with("\x1b") || typed.substr(0, cut).ends_with("\x1b[");
    std::string without_marks = both;
    without_marks.erase(std::remove_if(without_marks.begin(), without_marks.end(), [](char c) { return c == '<' || c == '>'; }), without_marks.end());
    CHECK(without_marks == typed);
    if (!key_was_cut) {
      CHECK(both == expected);
    }
  }
}

TEST_CASE("a key alone is never held back") {
  PasteKeyScanner scanner;
  for (const std::string key : {"\x1b", "[", "1", "\x1b[", "2"}) {
    CHECK(marked(scanner.scan(key)) == key);
  }
  CHECK(marked(scanner.scan("\x1b[2")).empty());
  CHECK(marked(scanner.scan("00~text")) == begin + "text");
}

}  // namespace agentbox::paste_keys_test
