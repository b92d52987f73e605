// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/utf8.hpp"
#include "support/catch.hpp"

#include <string>

namespace agentbox::utf8_test {

TEST_CASE("the first character of a text, its code and its length") {
  struct Case {
    std::string text;
    std::size_t length;
    std::optional<char32_t> code;
  };
  const Case cases[] = {
      {"ab", 1, U'a'},
      {"\xc3\xbcx", 2, U'\u00fc'},
      {"\xe2\x82\xac", 3, U'\u20ac'},
      {"\xf0\x9f\x98\x80!", 4, U'\U0001F600'},
      {"\xc2\x9b", 2, U'\u009b'},
      {"\x80", 1, {}},
      {"\xc1\xbf", 1, {}},          // overlong
      {"\xe0\x9f\xbf", 1, {}},      // overlong
      {"\xed\xa0\x80", 1, {}},      // a surrogate
      {"\xf4\x90\x80\x80", 1, {}},  // above U+10FFFF
      {"\xe2\x82", 1, {}},          // cut
      {"\xff", 1, {}},
  };
  for (const auto& [text, length, code] : cases) {
    INFO(text);
    const Utf8Character character = first_utf8_character(text);
    CHECK(character.length == length);
    CHECK(character.code == code);
  }
}

// By trying: the beginning of a character is cut exactly when some bytes make it a character.
TEST_CASE("a cut character is told from what can never become one") {
  const auto can_become_one = [](std::string text, auto& self) -> bool {
    if (first_utf8_character(text).code) return true;
    if (text.size() >= 4) return false;
    for (int byte = 0x80; byte <= 0xBF; ++byte) {
      if (self(text + static_cast<char>(byte), self)) return true;
    }
    return false;
  };
  CHECK_FALSE(is_cut_utf8_character(""));
  for (int first = 0; first <= 0xFF; ++first) {
    const std::string one(1, static_cast<char>(first));
    INFO(first);
    CHECK(is_cut_utf8_character(one) == (first >= 0x80 && can_become_one(one, can_become_one)));
    for (int second = 0x70; first >= 0xC0 && second <= 0xFF; ++second) {
      const std::string two = one + static_cast<char>(second);
      INFO(second);
      CHECK(is_cut_utf8_character(two) == (!first_utf8_character(two).code && can_become_one(two, can_become_one)));
    }
  }
}

}  // namespace agentbox::utf8_test
