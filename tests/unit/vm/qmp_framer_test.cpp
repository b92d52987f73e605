// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "vm/qemu/qmp.hpp"

#include <string>
#include <vector>

namespace agentbox::qmp_framer_test {

namespace {

std::vector<nlohmann::json> drain(QmpFramer& framer) {
  std::vector<nlohmann::json> messages;
  while (auto message = framer.next()) {
    messages.push_back(*std::move(message));
  }
  return messages;
}

const std::string kStream = "{\"QMP\": {\"a\": \"\\n}{\"}}\r\n\r\n{\"event\":\"STOP\"}\n{\"return\": {}, \"id\": 1}\n";
const std::vector<nlohmann::json> kMessages = {
    {{"QMP", {{"a", "\n}{"}}}}, {{"event", "STOP"}}, {{"return", nlohmann::json::object()}, {"id", 1}}};

}  // namespace

TEST_CASE("messages come out the same wherever the stream is cut") {
  for (std::size_t first = 0; first <= kStream.size(); ++first) {
    for (std::size_t second = first; second <= kStream.size(); ++second) {
      QmpFramer framer;
      std::vector<nlohmann::json> messages;
      for (const auto& piece :
           {kStream.substr(0, first), kStream.substr(first, second - first), kStream.substr(second)}) {
        framer.feed(piece);
        for (auto& message : drain(framer)) {
          messages.push_back(std::move(message));
        }
      }
      REQUIRE(messages == kMessages);
    }
  }
}

TEST_CASE("an unfinished message is no message") {
  QmpFramer framer;
  framer.feed("{\"return\": {}}");
  CHECK_FALSE(framer.next());
  framer.feed("\n");
  CHECK(framer.next());
}

TEST_CASE("what is no JSON object is an error") {
  for (const char* line : {"hello\n", "[]\n", "1\n", "null\n", "{\n", "{} {}\n", "{\"a\":\xff}\n"}) {
    INFO(line);
    QmpFramer framer;
    framer.feed(line);
    CHECK_THROWS_AS(framer.next(), Error);
  }
}

// The error is shown on the user's terminal: nothing that QEMU sent may reach that as it is.
TEST_CASE("garbage is quoted escaped") {
  QmpFramer framer;
  framer.feed("\x1b]52;c;evil\x07\n");
  try {
    framer.next();
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find('\x1b') == std::string::npos);
  }
}

// The attack: an escaped guest in QEMU's place feeds one endless line to the launcher.
TEST_CASE("an endless line is given up on, a long one is not") {
  constexpr std::size_t limit = std::size_t{4} << 20U;
  QmpFramer framer;
  framer.feed("{\"return\":\"" + std::string(limit - 20, 'x') + "\"}\n");
  CHECK(framer.next());

  framer.feed("{\"return\":\"");
  bool refused = false;
  for (std::size_t fed = 0; fed < 2 * limit && !refused; fed += 65536) {
    framer.feed(std::string(65536, 'x'));
    try {
      framer.next();
    } catch (const Error&) {
      refused = true;
    }
  }
  CHECK(refused);
}

// An escaped QEMU speaks QMP itself. What is nested a million levels deep is copied by recursion, which is more than the
// launcher's stack holds: the launcher has to see an error, and clean up.
TEST_CASE("a message that is nested without end is an error") {
  constexpr std::size_t levels = 1'000'000;
  QmpFramer framer;
  framer.feed("{\"return\": " + std::string(levels, '[') + std::string(levels, ']') + "}\n");
  CHECK_THROWS_AS(framer.next(), Error);
}

}  // namespace agentbox::qmp_framer_test
