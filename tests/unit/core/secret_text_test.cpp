// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/secret_text.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace agentbox::secret_text_test {

TEST_CASE("a secret is never copied by accident") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<SecretText>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<SecretText, std::string>);
  SecretText first("the key");
  SecretText second = std::move(first);
  CHECK(first.empty());
  CHECK(second.view() == "the key");
  CHECK(second.clone().view() == "the key");
  second.wipe();
  CHECK(second.empty());
}

TEST_CASE("wiping a string overwrites what it held") {
  std::string text = "a secret that is too long to stand in the object itself";
  const char* bytes = text.data();
  const std::size_t size = text.size();
  wipe(text);
  CHECK(text.empty());
  REQUIRE(text.data() == bytes);  // the same memory, still the string's
  CHECK(std::all_of(bytes, bytes + size, [](char c) { return c == '\0'; }));
}

TEST_CASE("texts are compared whole") {
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK(equal_in_constant_time("", ""));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("xbc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abcd"));
  CHECK_FALSE(equal_in_constant_time("abc", ""));
}

}  // namespace agentbox::secret_text_test
