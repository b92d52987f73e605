// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/hostile_json.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::hostile_json_test {

namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("JSON of usual depth is read, and deeper JSON is not") {
  CHECK(parse_hostile_json(nested(deepest_json)).is_array());
  CHECK(parse_hostile_json(nested(deepest_json + 1)).is_discarded());
  CHECK(parse_hostile_json("{\"a\":" + nested(deepest_json) + "}").is_discarded());
}

TEST_CASE("brackets inside of texts are no levels") {
  const std::string text = "{\"a\":\"\\\"" + std::string(500, '[') + "\",\"\\\\\":[]}";
  CHECK(parse_hostile_json(text)["a"] == "\"" + std::string(500, '['));
  // A quote that is escaped ends no text, so these are levels again.
  CHECK(parse_hostile_json("[\"\\\\\"," + nested(500) + "]").is_discarded());
}

TEST_CASE("what is no JSON is discarded") {
  for (const char* text : {"", "{", "]", "{]", "\"", "\"\\", "[1,]", "nul"}) {
    CHECK(parse_hostile_json(text).is_discarded());
  }
}

}  // namespace agentbox::hostile_json_test
