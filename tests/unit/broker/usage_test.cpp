// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/usage/find_either.hpp"
#include "gateway/broker/usage/usage_reader.hpp"
#include "support/broker_plans.hpp"
#include "support/catch.hpp"

namespace agentbox::usage_test {

using namespace agentbox::broker;
using namespace agentbox::test;

namespace {

struct Case {
  std::string name;
  std::string provider;
  UsageReader::Format format;
  std::string body;
  std::string model;
  TokenUsage usage;
};

const std::vector<Case>& cases() {
  using Format = UsageReader::Format;
  static const std::vector<Case> all{
      {"messages",
       "anthropic",
       Format::json,
       R"({"id":"msg_1","model":"claude-x","content":[{"type":"tool_use","input":{"usage":{"output_tokens":9999},"model":"m"}},)"
       R"({"type":"text","text":"\"usage\": {\"output_tokens\": 8888} \u00e9 ]}"}],)"
       R"("usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"output_tokens":40}})",
       "claude-x",
       {10, 30, 20, 40}},
      {"messages, streamed",
       "anthropic",
       Format::events,
       "event: message_start\r\ndata: "
       "{\"type\":\"message_start\",\"message\":{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,"
       "\"cache_creation_input_tokens\":20,\"cache_read_input_tokens\":30,\"output_tokens\":1}}}\r\n\r\n"
       ": comment\n"
       "event: ping\ndata: {\"type\": \"ping\"}\n\n"
       "event: content_block_delta\ndata: {\"delta\":{\"text\":\"usage\"}}\n\n"
       "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":40}}\n\n"
       "data: {\"type\":\"message_stop\"}\n\n",
       "claude-x",
       {10, 30, 20, 40}},
      {"responses",
       "openai",
       Format::json,
       R"({"object":"response","model":"gpt-5","usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60},)"
       R"("output_tokens":7,"output_tokens_details":{"reasoning_tokens":3}}})",
       "gpt-5",
       {40, 60, 0, 7}},
      {"responses, streamed",
       "openai",
       Format::events,
       "event: response.created\ndata: {\"response\":{\"model\":\"gpt-5\",\"usage\":null}}\n\n"
       "event: response.completed\ndata: {\"response\":{\"model\":\"gpt-5\",\"usage\":{\"input_tokens\":100,"
       "\"input_tokens_details\":{\"cached_tokens\":60},\"output_tokens\":7}}}\n\n",
       "gpt-5",
       {40, 60, 0, 7}},
      {"chat completions, streamed",
       "openai",
       Format::events,
       "data: {\"model\":\"gpt-4.1\",\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\n"
       "data: {\"model\":\"gpt-4.1\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}\n\n"
       "data: [DONE]\n\n",
       "gpt-4.1",
       {5, 0, 0, 6}},
      {"gemini",
       "google",
       Format::json,
       R"({"candidates":[],"usageMetadata":{"promptTokenCount":50,"cachedContentTokenCount":20,"toolUsePromptTokenCount":1,)"
       R"("candidatesTokenCount":8,"thoughtsTokenCount":4},"modelVersion":"gemini-2.5-pro"})",
       "gemini-2.5-pro",
       {31, 20, 0, 12}},
      {"gemini, streamed: each event repeats the totals",
       "google",
       Format::events,
       "data: {\"usageMetadata\":{\"promptTokenCount\":50,\"candidatesTokenCount\":3},\"modelVersion\":\"g\"}\r\n\r\n"
       "data: {\"usageMetadata\":{\"promptTokenCount\":50,\"candidatesTokenCount\":8},\"modelVersion\":\"g\"}\r\n\r\n",
       "g",
       {50, 0, 0, 8}},
      {"gemini, streamed as one list",
       "google",
       Format::json,
       R"([{"usageMetadata":{"promptTokenCount":50}},{"usageMetadata":{"promptTokenCount":50,"candidatesTokenCount":8},"modelVersion":"g"}])",
       "g",
       {50, 0, 0, 8}},
  };
  return all;
}

UsagePaths paths_of(const std::string& provider) { return shipped_catalog().provider(provider).usage; }

}  // namespace

TEST_CASE("usage is read from every wire format, cut at every byte") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const UsagePaths paths = paths_of(one.provider);
    for (std::size_t cut = 0; cut <= one.body.size(); ++cut) {
      UsageReader reader(paths, one.format);
      reader.feed(std::string_view(one.body).substr(0, cut));
      reader.feed(std::string_view(one.body).substr(cut));
      reader.finish();
      REQUIRE(reader.usage().has_value());
      REQUIRE(*reader.usage() == one.usage);
      REQUIRE(reader.model() == one.model);
    }
  }
}

TEST_CASE("usage is read byte by byte, too") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const UsagePaths paths = paths_of(one.provider);
    UsageReader reader(paths, one.format);
    for (const char c : one.body) reader.feed({&c, 1});
    reader.finish();
    CHECK(reader.usage() == one.usage);
  }
}

TEST_CASE("a stream that was cut off does not tell its output, and is estimated") {
  // The attack: close the connection right before the last event, which is the one that counts, and work for free.
  const UsagePaths paths = paths_of("anthropic");
  const std::string& body = cases().at(1).body;
  UsageReader reader(paths, UsageReader::Format::events);
  reader.feed(body.substr(0, body.find("event: message_delta")));
  reader.feed(std::string(16000, 'x'));
  reader.finish();
  CHECK_FALSE(reader.usage().has_value());
  const TokenUsage estimate = reader.estimate(4000);
  CHECK(estimate.input == 10);  // told already, so not a guess
  CHECK(estimate.cached_input == 30);
  CHECK(estimate.output >= 1000);
}

TEST_CASE("nothing but an empty answer is estimated from the request") {
  const UsagePaths paths = paths_of("openai");
  UsageReader reader(paths, UsageReader::Format::json);
  reader.finish();
  CHECK(reader.estimate(4000) == TokenUsage{.input = 1000});
}

TEST_CASE("broken, deep and endless JSON gives no numbers and takes no memory") {
  const UsagePaths paths = paths_of("anthropic");
  for (const std::string& body :
       {std::string("{\"usage\":{\"output_tokens\":-5}}"), std::string("{\"usage\":{\"output_tokens\":1e9}}"),
        std::string("{\"usage\":{\"output_tokens\":\"x\"}}"),
        std::string("{\"usage\":{\"output_tokens\":99999999999999999999}}"),
        std::string("{\"usage\":{\"output_tokens\":5.5}}"), std::string(100000, '{'), std::string(100000, '['),
        std::string(100000, '"'), std::string(100000, '\\'), "{\"" + std::string(100000, 'k') + "\":1}",
        std::string("}}]]{\"x\""), std::string("\xff\x00\"", 3)}) {
    INFO(body.substr(0, 60));
    UsageReader reader(paths, UsageReader::Format::json);
    reader.feed(body);
    reader.finish();
    CHECK_FALSE(reader.usage().has_value());
  }
}

TEST_CASE("a broken event does not spoil the next one") {
  const UsagePaths paths = paths_of("anthropic");
  UsageReader reader(paths, UsageReader::Format::events);
  reader.feed("data: {\"a\":{\"b\":\"\n\ndata: {\"usage\":{\"output_tokens\":4}}\n\n");
  CHECK(reader.usage() == TokenUsage{.output = 4});
}

TEST_CASE("a value at the very end of the input counts") {
  std::string seen;
  JsonScanner scanner([&](std::string_view path, std::string_view value) {
    seen += std::string(path) + "=" + std::string(value) + ";";
  });
  scanner.feed("{\"a\": {\"b\": [1, {\"c\": \"x\"}]}, \"d\": true, \"e\": 12");
  scanner.finish();
  CHECK(seen == "a.b=1;a.b.c=x;d=true;e=12;");
}

TEST_CASE("the first of two characters is found wherever the two stand") {
  const std::vector<std::size_t> places{0, 1, 62, 63, 64, 65, 190, 191, 192, 193, 447, 448, 449, 998, 999, 1000};
  for (const std::size_t one : places) {
    for (const std::size_t other : places) {
      std::string text(999, 'x');
      if (one < text.size()) text[one] = 'a';
      if (other < text.size()) text[other] = 'b';
      CAPTURE(one, other);
      CHECK(find_either(text, 'a', 'b') == std::min(text.find_first_of("ab"), text.size()));
    }
  }
  CHECK(find_either("", 'a', 'b') == 0);
}

}  // namespace agentbox::usage_test
