// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::text_test {

using Strings = std::vector<std::string>;

TEST_CASE("shell_quote leaves plain words alone and quotes the rest") {
  CHECK(shell_quote("simple-Word_1./=:@%+,") == "simple-Word_1./=:@%+,");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("two words") == "'two words'");
  CHECK(shell_quote("it's") == "'it'\\''s'");
  CHECK(shell_quote("$(id)") == "'$(id)'");
  CHECK(shell_quote("~") == "'~'");
  CHECK(shell_quote("a\nb") == "'a\nb'");
  CHECK(shell_quote("\xff\x80") == "'\xff\x80'");
  CHECK(shell_join(Strings{"ls", "-l", "my file", ""}) == "ls -l 'my file' ''");
  CHECK(shell_join(Strings{}).empty());
}

TEST_CASE("shell_quote refuses NUL, which would cut the command line short") {
  CHECK_THROWS_AS(shell_quote(std::string_view("a\0b", 3)), Error);
}

TEST_CASE("is_plain_name") {
  // A name becomes a file name and a host name: "..", a leading dot or dash and a slash are the attacks.
  const Strings good_names = {"a", "0", "claude-7k2m9d", "debian-13.1", "a_b+c", "a.b-", std::string(63, 'x')};
  for (const auto& good : good_names) {
    INFO(good);
    CHECK(is_plain_name(good));
  }
  const Strings bad = {"",
                       ".",
                       "..",
                       ".a",
                       "-a",
                       "_a",
                       "+a",
                       "a..b",
                       "a/b",
                       "/",
                       "A",
                       "aB",
                       "a b",
                       "a\n",
                       "\xc3\xa4",
                       "a\\",
                       "a:b",
                       "a*",
                       "a~",
                       std::string(64, 'x'),
                       std::string("a\0b", 3)};
  for (const auto& name : bad) {
    INFO(escape_untrusted(name));
    CHECK_FALSE(is_plain_name(name));
  }
}

TEST_CASE("split, join and trim") {
  CHECK(split("a,b,,c", ',') == Strings{"a", "b", "", "c"});
  CHECK(split("", ',') == Strings{""});
  CHECK(split(",", ',') == Strings{"", ""});
  CHECK(join(Strings{"a", "", "b"}, ", ") == "a, , b");
  CHECK(join(Strings{"", ""}, "-") == "-");
  CHECK(join(Strings{}, "-").empty());
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \n ").empty());
  CHECK(trim("").empty());
}

TEST_CASE("to_hex") {
  const unsigned char bytes[] = {0x00, 0x0f, 0xf0, 0xff, 0x1b};
  CHECK(to_hex(bytes) == "000ff0ff1b");
  CHECK(to_hex({}).empty());
}

TEST_CASE("hex_digit knows both cases and nothing else") {
  CHECK(hex_digit('0') == 0);
  CHECK(hex_digit('9') == 9);
  CHECK(hex_digit('a') == 10);
  CHECK(hex_digit('F') == 15);
  for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xff'}) CHECK(hex_digit(c) == -1);
}

TEST_CASE("closest_match proposes what was probably meant, and nothing else") {
  const Strings agents = {"claude", "codex", "gemini", "shell"};
  CHECK(closest_match("cluade", agents) == "claude");  // neighbours swapped
  CHECK(closest_match("claud", agents) == "claude");
  CHECK(closest_match("codexx", agents) == "codex");
  CHECK(closest_match("codxe", agents) == "codex");
  CHECK(closest_match("gemini", agents) == "gemini");
  CHECK(closest_match("emacs", agents).empty());
  CHECK(closest_match("x", agents).empty());
  CHECK(closest_match("", agents).empty());
  CHECK(closest_match("claude", Strings{}).empty());
  CHECK(closest_match(std::string(100000, 'c'), agents).empty());
}

}  // namespace agentbox::text_test
