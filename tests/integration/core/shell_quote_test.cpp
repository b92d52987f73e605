// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "support/catch.hpp"

#include <cstdio>
#include <memory>

namespace agentbox::shell_quote_test {

namespace {

/// What a real shell makes of a command line. popen(3) runs sh -c.
std::string shell_output(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), ::pclose);
  REQUIRE(pipe);
  std::string output;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    output += static_cast<char>(c);
  }
  return output;
}

}  // namespace

TEST_CASE("a real shell takes quoted words back as they were") {
  // printf repeats its format for each word, so the words stay apart.
  std::vector<std::string> words = {"",      "plain",    "two words", "it's",     "''",  "$HOME", "`id`",
                                    "$(id)", "a;b",      "a\nb",      "\\",       "\"",  "*",     "~",
                                    "!!",    "\xff\xfe", "-n",        "#x",       "a=b", "{a,b}", "a\\'b",
                                    "'",     " ",        "\t\r",      "&& false", "<x>", "|",     "\x1b[2J"};
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte) {
    every_byte += static_cast<char>(byte);
  }
  words.push_back(every_byte);
  std::string expected;
  for (const auto& word : words) {
    expected += "<" + word + ">";
  }
  CHECK(shell_output("printf '<%s>' " + shell_join(words)) == expected);
}

}  // namespace agentbox::shell_quote_test
