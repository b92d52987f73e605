// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/command_run.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace agentbox::line_splitter_test {

namespace {

std::vector<std::string> split_in_parts(const std::vector<std::string>& parts) {
  std::vector<std::string> lines;
  const std::function<void(std::string_view)> collect = [&lines](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter(collect);
  for (const auto& part : parts) {
    splitter.add(part);
  }
  splitter.finish();
  return lines;
}

}  // namespace

TEST_CASE("lines are the same wherever the text is cut") {
  const std::string text = "one\n\nthree\r\nlast without an end";
  const std::vector<std::string> expected{"one", "", "three\r", "last without an end"};
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CHECK(split_in_parts({text.substr(0, cut), text.substr(cut)}) == expected);
  }
}

TEST_CASE("nothing gives no lines, and a final newline no empty one") {
  CHECK(split_in_parts({}).empty());
  CHECK(split_in_parts({"a\n"}) == std::vector<std::string>{"a"});
}

// A guest that prints for ever without a newline must not make the launcher hold all of it.
TEST_CASE("an endless line is handed on in bounded pieces") {
  const std::string endless(1000000, 'x');
  const auto lines = split_in_parts({endless, "\nnext\n"});
  std::size_t total = 0;
  for (const auto& line : lines) {
    CHECK(line.size() <= 65536);
    total += line.find_first_not_of('x') == std::string::npos ? line.size() : 0;
  }
  CHECK(total == endless.size());
  CHECK(lines.back() == "next");
}

}  // namespace agentbox::line_splitter_test
