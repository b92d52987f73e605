// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/answer.hpp"

#include "support/catch.hpp"

namespace agentbox::review_answer_test {

// The first letter of a line was the answer: "diff", typed by who wanted to see the changes, threw them away.
TEST_CASE("an answer about a session's changes is a letter or a word, and nothing else") {
  for (const auto* line : {"l", "L\n", "look\n", "diff\n", " look \n"}) {
    CHECK(review_answer(line) == ReviewAnswer::look);
  }
  for (const auto* line : {"a", "Apply\n"}) {
    CHECK(review_answer(line) == ReviewAnswer::apply);
  }
  for (const auto* line : {"k\n", "keep"}) {
    CHECK(review_answer(line) == ReviewAnswer::keep);
  }
  for (const auto* line : {"d\n", "DISCARD\r\n"}) {
    CHECK(review_answer(line) == ReviewAnswer::discard);
  }
  for (const auto* line : {"", "\n", "x\n", "do not\n", "dont\n", "al\n", "d d\n", "discard not\n", "\x1b[A\n"}) {
    CHECK_FALSE(review_answer(line).has_value());
  }
}

}  // namespace agentbox::review_answer_test
