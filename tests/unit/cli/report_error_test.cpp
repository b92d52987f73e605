// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/report_error.hpp"
#include "support/catch.hpp"

namespace agentbox::report_error_test {

// A message may quote what a guest has said; not everyone who throws thinks of it.
TEST_CASE("an error's text and hint are escaped, line by line") {
  CHECK(error_text(Error(ErrorKind::backend, "it said \x1b]0;x\a", "try \xc2\x9b" "5i\nor not\n")) ==
        "agentbox: error: it said \\x1b]0;x\\x07\n  try \\xc2\\x9b5i\n  or not\n");
  CHECK(error_text(Error(ErrorKind::usage, "one\ntwo gr\xc3\xbc\xc3\x9f")) == "agentbox: error: one\n  two gr\xc3\xbc\xc3\x9f\n");
  CHECK(error_text(Error(ErrorKind::backend, "already \\x1b escaped")) == "agentbox: error: already \\x1b escaped\n");
}

}  // namespace agentbox::report_error_test
