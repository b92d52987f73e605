// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/call_pattern.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::call_pattern_test {

TEST_CASE("a star stands for a name within one component") {
  const CallPattern pattern = CallPattern::parse("POST /v1beta/models/*:generateContent");
  CHECK(pattern.matches("POST", "/v1beta/models/gemini-2.5-pro:generateContent"));
  CHECK(pattern.matches("POST", "/v1beta/models/a:generateContent"));
  CHECK_FALSE(pattern.matches("GET", "/v1beta/models/a:generateContent"));
  CHECK_FALSE(pattern.matches("POST", "/v1beta/models/:generateContent"));
  CHECK_FALSE(pattern.matches("POST", "/v1beta/models/a/b:generateContent"));
  CHECK_FALSE(pattern.matches("POST", "/v1beta/models/a:b:generateContent"));
  CHECK_FALSE(pattern.matches("POST", "/v1beta/models/a:generateContentX"));
  CHECK_FALSE(pattern.matches("POST", "/v1beta/models/a:generateContent/x"));
  CHECK_FALSE(pattern.matches("POST", "x/v1beta/models/a:generateContent"));
  CHECK(CallPattern::parse("GET /a/*").matches("GET", "/a/b"));
  CHECK_FALSE(CallPattern::parse("GET /a/*").matches("GET", "/a/"));
  CHECK_FALSE(CallPattern::parse("GET /a/*").matches("GET", "/a/b/c"));
  CHECK(CallPattern::parse("GET /*/x-*/z").matches("GET", "/a/x-x-y/z"));
}

TEST_CASE("patterns that are none are refused") {
  for (const char* text : {"", "POST", "POST ", "post /a", "/a", "POST a", "POST /a?b", "POST /a//b", "POST /a/../b",
                           "POST /%61", "POST /a b", "POST /**", "POST /", "POST  /a"}) {
    INFO(text);
    CHECK_THROWS_AS(CallPattern::parse(text), Error);
  }
}

TEST_CASE("wildcards for names take anything, nothing included") {
  CHECK(matches_wildcard("claude-*", "claude-"));
  CHECK(matches_wildcard("gpt-5*-mini*", "gpt-5.2-mini-2026"));
  CHECK(matches_wildcard("gpt-5*-mini*", "gpt-5-mini"));
  CHECK_FALSE(matches_wildcard("gpt-5*-mini*", "gpt-5-min"));
  CHECK(matches_wildcard("*", ""));
  CHECK_FALSE(matches_wildcard("", "a"));
  CHECK_FALSE(matches_wildcard("claude-*", "xclaude-1"));
}

}  // namespace agentbox::call_pattern_test
