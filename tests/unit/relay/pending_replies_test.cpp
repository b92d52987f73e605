// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/pending_replies.hpp"

#include "support/catch.hpp"

namespace agentbox::pending_replies_test {

namespace {

bool pending_after(unsigned questions, std::string_view input) {
  PendingReplies replies;
  replies.note_questions(questions);
  for (const char byte : input) {
    replies.feed({&byte, 1});
  }
  return replies.any();
}

}  // namespace

TEST_CASE("each answer of a terminal settles one question") {
  for (const char* reply : {"\x1b[?62;22c", "\x1b[>41;379;0c", "\x1b[24;80R", "\x1b[?1;1;1R", "\x1b[0n", "\x1b[?997;1n",
                            "\x1b[?5u", "\x1b[?2026;2$y", "\x1b[8;24;80t", "\x1b[>4;2m", "\x1bP>|XTerm(379)\x1b\\",
                            "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b]11;rgb:0/0/0\a"}) {
    INFO(reply);
    CHECK_FALSE(pending_after(1, std::string("abc") + reply + "d"));
    CHECK(pending_after(2, reply));
  }
}

TEST_CASE("keys, the mouse and the focus settle nothing") {
  for (const char* input : {"text", "\x1b[A", "\x1bOP", "\x1b[<0;10;10M", "\x1b[<0;10;10m", "\x1b[I", "\x1b[97;5u",
                            "\x1b[200~x\x1b[201~", "\x1b", "\x1bx", "\x1b[48;24;80;0;0t"}) {
    INFO(input);
    CHECK(pending_after(1, input));
  }
  CHECK_FALSE(pending_after(0, "\x1b[?62;22c"));
}

}  // namespace agentbox::pending_replies_test
