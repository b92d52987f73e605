// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "support/catch.hpp"

#include <regex>

namespace agentbox::escape_test {

TEST_CASE("escape_untrusted keeps text and escapes what a terminal would act on") {
  struct Case {
    std::string text;
    std::string shown;
  };
  const Case cases[] = {
      {"plain text, 1 < 2 \\ ~", "plain text, 1 < 2 \\ ~"},
      {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {"a\tb\nc\r", "a\\x09b\\x0ac\\x0d"},
      {std::string("\0", 1), "\\x00"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},  // C1 CSI, as UTF-8
      {"\x9b"
       "31m",
       "\\x9b31m"},                                  // and raw: not UTF-8 at all
      {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong "/"
      {"\xe0\x80\x9b", "\\xe0\\x80\\x9b"},           // overlong CSI
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
      {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
      {"\xe2\x82", "\\xe2\\x82"},  // cut short
      {"\xe2\x28\xa1", "\\xe2(\\xa1"},
  };
  for (const auto& [text, shown] : cases) {
    CHECK(escape_untrusted(text) == shown);
  }
}

TEST_CASE("escape_untrusted shows what reorders a line") {
  // "photo_gpj.exe" with a right-to-left override is displayed as "photo_exe.jpg".
  CHECK(escape_untrusted("photo_\xe2\x80\xaegpj.exe") == "photo_\\xe2\\x80\\xaegpj.exe");
  CHECK(escape_untrusted("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");  // U+2066
  CHECK(escape_untrusted("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");  // line separator
}

TEST_CASE("escape_untrusted never emits half a character, wherever input or output is cut") {
  const std::string text = "a\x1b[2J\xc3\xbc\xf0\x9f\x98\x80\xc2\x9b\xffz\n";
  // What may stand in the output: printable ASCII, a whole \xNN, whole two- to four-byte characters.
  const std::regex whole("(?:[ -\\[\\]-~]|\\\\x[0-9a-f]{2}|\xc3\xbc|\xf0\x9f\x98\x80)*");
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(std::regex_match(escape_untrusted(text.substr(0, cut)), whole));
    CHECK(std::regex_match(escape_untrusted(text.substr(cut)), whole));
  }
  const std::string all = escape_untrusted(text);
  for (std::size_t limit = 0; limit < all.size(); ++limit) {
    const std::string shown = escape_untrusted(text, limit);
    INFO(shown);
    REQUIRE(shown.size() <= limit + 3);
    REQUIRE(shown.ends_with("..."));
    CHECK(std::regex_match(shown, whole));
    CHECK(all.starts_with(shown.substr(0, shown.size() - 3)));
  }
  CHECK(escape_untrusted(text, all.size()) == all);
}

TEST_CASE("every single byte is escaped unless it is printable ASCII") {
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const bool printable = value >= 0x20 && value < 0x7f;
    CHECK(escape_untrusted({&byte, 1}) ==
          (printable ? std::string(1, byte)
                     : "\\x" + to_hex(std::vector<unsigned char>{static_cast<unsigned char>(value)})));
  }
}

}  // namespace agentbox::escape_test
