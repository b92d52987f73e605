// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/aliases/marked_block.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::marked_block_test {

namespace {

const std::string lines = "alias claude='agentbox claude'\n";
const std::string block = with_marked_block("", lines);

}  // namespace

TEST_CASE("a block is put at the end, once, and taken out without a trace") {
  for (const std::string before : {"", "x=1\n", "x=1\n\n# a comment\n", "# not ours: # >>> agentbox aliases\n"}) {
    INFO(before);
    const std::string after = with_marked_block(before, lines);
    CHECK(after == before + block);
    CHECK(with_marked_block(after, lines) == after);
    CHECK(without_marked_block(after) == before);
    CHECK_FALSE(without_marked_block(before));
  }
  CHECK(with_marked_block("x=1", lines) == "x=1\n" + block);
}

TEST_CASE("a block is replaced where it stands") {
  const std::string text = "before\n" + block + "after\n";
  CHECK(with_marked_block(text, "other\n") == "before\n" + with_marked_block("", "other\n") + "after\n");
  CHECK(without_marked_block(text) == "before\nafter\n");
  CHECK(without_marked_block("before\n" + block.substr(0, block.size() - 1)) ==
        "before\n");  // the last line end is gone
}

TEST_CASE("marks that do not belong together are left alone") {
  const std::string begin = block.substr(0, block.find('\n') + 1);
  const std::string end = block.substr(block.rfind('\n', block.size() - 2) + 1);
  for (const auto& damaged : {begin, end, end + begin, begin + begin + end, begin + end + end, block + block}) {
    INFO(damaged);
    CHECK_THROWS_AS(with_marked_block(damaged, lines), Error);
    CHECK_THROWS_AS(without_marked_block(damaged), Error);
  }
}

}  // namespace agentbox::marked_block_test
