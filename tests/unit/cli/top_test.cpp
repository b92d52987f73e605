// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/top/top_keys.hpp"
#include "cli/top/top_screen.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace agentbox::top_test {

using Kind = TopAction::Kind;

namespace {

TopKeys three() {
  TopKeys keys;
  keys.show({"a-1", "b-2", "c-3"});
  return keys;
}

SessionUsage usage(const std::string& id, const std::string& project) {
  SessionUsage one;
  one.record.id = id;
  one.record.project = project;
  one.record.started = "2026-01-01T00:00:00Z";
  one.processors = 1.5;
  one.sample = {.memory = std::uint64_t{300} << 20U, .tokens = 1234, .cost = 0.5};
  return one;
}

std::vector<std::string> lines_of(std::string screen) {
  for (const char* sequence : {"\x1b[H", "\x1b[K", "\x1b[7m", "\x1b[m", "\r"}) {
    for (std::size_t at = screen.find(sequence); at != std::string::npos; at = screen.find(sequence)) {
      screen.erase(at, std::string_view(sequence).size());
    }
  }
  return split(screen, '\n');
}

}  // namespace

TEST_CASE("top: keys choose, and what is chosen stays so when others come and go") {
  TopKeys keys = three();
  CHECK(keys.chosen() == "a-1");
  keys.take("\x1b[B");
  CHECK(keys.chosen() == "b-2");
  keys.take(
      "j\x1bOB"
      "j");
  CHECK(keys.chosen() == "c-3");
  keys.take("k");
  CHECK(keys.chosen() == "b-2");
  keys.show({"0-0", "b-2"});
  CHECK(keys.chosen() == "b-2");
  keys.show({"0-0", "c-3"});
  CHECK(keys.chosen() == "c-3");
  keys.show({});
  CHECK(keys.chosen().empty());
  CHECK(keys.take("asw") == TopAction{});
  keys.show({"d-4"});
  CHECK(keys.chosen() == "d-4");
}

TEST_CASE("top: attaching is at once, stopping is asked about") {
  TopKeys keys = three();
  CHECK(keys.take("a") == TopAction{.kind = Kind::attach, .session = "a-1"});
  CHECK(keys.take("\r") == TopAction{.kind = Kind::attach, .session = "a-1"});
  CHECK(keys.take("s") == TopAction{});
  CHECK(keys.asking() == TopKeys::Asking::whether_to_stop);
  CHECK(keys.take("n") == TopAction{});
  CHECK(keys.asking() == TopKeys::Asking::nothing);
  CHECK(keys.take("sy") == TopAction{.kind = Kind::stop, .session = "a-1"});
  CHECK(keys.take("s\x1b") == TopAction{});
  CHECK(keys.take("y") == TopAction{});
  CHECK(keys.take("q").kind == Kind::quit);
  CHECK(keys.take("\x03").kind == Kind::quit);
}

TEST_CASE("top: a question is about the session that it was asked for, and ends with it") {
  TopKeys keys = three();
  keys.take("s");
  keys.show({"b-2", "c-3"});
  CHECK(keys.asking() == TopKeys::Asking::nothing);
  CHECK(keys.take("y") == TopAction{});
}

TEST_CASE("top: a host is typed, and may be corrected or left out") {
  TopKeys keys = three();
  CHECK(keys.take("wexample.orh\x7fg\r") == TopAction{.kind = Kind::allow, .session = "a-1", .host = "example.org"});
  CHECK(keys.take("w\r") == TopAction{});
  CHECK(keys.take("wq s\x1b") == TopAction{});
  CHECK(keys.asking() == TopKeys::Asking::nothing);
  keys.take("w");
  keys.take(std::string(1000, 'x'));
  CHECK(keys.host().size() < 300);
  keys.take("\x03");
  CHECK(keys.asking() == TopKeys::Asking::nothing);
}

TEST_CASE("top: the screen fits the window, the chosen session is on it, and nothing else speaks to the terminal") {
  std::vector<SessionUsage> usages;
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    usages.push_back(usage("claude-" + std::to_string(i), "/p/\x1b]0;x\a"));
    ids.push_back(usages.back().record.id);
  }
  const Listing listing = list_usages(usages, std::chrono::system_clock::now());
  TopKeys keys;
  keys.show(ids);
  keys.take(std::string(25, 'j'));
  const std::string screen = top_screen(listing, keys, "", {.columns = 60, .rows = 12});
  CHECK(screen.find("\x1b]") == std::string::npos);
  const auto lines = lines_of(screen);
  CHECK(lines.size() == 12);
  CHECK(std::all_of(lines.begin(), lines.end(), [](const std::string& line) { return line.size() < 70; }));
  CHECK(screen.find("\x1b[7mclaude-25 ") != std::string::npos);
  CHECK(lines.front().starts_with("ID "));
  CHECK(top_screen(listing, keys, "", {.columns = 1, .rows = 1}).size() < 200);
  CHECK(format_listing(listing, Format::table).find("150%") != std::string::npos);
  CHECK(listing.json[0]["tokens"] == 1234);
}

}  // namespace agentbox::top_test
