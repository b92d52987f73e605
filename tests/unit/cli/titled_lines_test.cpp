// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/lines.hpp"
#include "support/catch.hpp"

namespace agentbox::titled_lines_test {

// apply named the directories that stay as their guest had named them.
TEST_CASE("lines that name a guest's files are escaped, and not more than twenty") {
  CHECK(titled_lines("Held back:", {}).empty());
  CHECK(titled_lines("Held back:", {"a\x1b]0;x\a", "b\nc", "gr\xc3\xbc\xc3\x9f"}) ==
        "Held back:\n  a\\x1b]0;x\\x07\n  b\\x0ac\n  gr\xc3\xbc\xc3\x9f\n");
  const std::string many = titled_lines("All:", std::vector<std::string>(25, "x"));
  CHECK(many.ends_with("  x\n  and 5 more\n"));
}

}  // namespace agentbox::titled_lines_test
