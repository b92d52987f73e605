// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/masker.hpp"

#include "support/catch.hpp"

namespace agentbox::masker_test {

using namespace agentbox::broker;

namespace {

std::string in_pieces(const std::string& text, const std::string& secret, std::size_t first, std::size_t second) {
  Masker masker(secret);
  std::string out;
  masker.feed(std::string_view(text).substr(0, first), out);
  masker.feed(std::string_view(text).substr(first, second - first), out);
  masker.feed(std::string_view(text).substr(second), out);
  masker.finish(out);
  return out;
}

}  // namespace

TEST_CASE("an echoed key is masked, however the stream is cut") {
  const std::string secret = "sk-sk-abcdsk-";
  const std::string text = "key=" + secret + "&again=sk-" + secret + "sk-sk-abc" + secret + secret + " sk-sk";
  const std::string stars(secret.size(), '*');
  const std::string expected = "key=" + stars + "&again=sk-" + stars + "sk-sk-abc" + stars + stars + " sk-sk";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second)
      REQUIRE(in_pieces(text, secret, first, second) == expected);
  }
}

TEST_CASE("only what may be the beginning of a key waits for the next piece") {
  // An event that was held back until the next one comes would look like a hanging model.
  Masker masker("sk-ant-0123456789");
  std::string out;
  masker.feed("data: {\"text\": \"sk-an\"}\n\n", out);
  CHECK(out == "data: {\"text\": \"sk-an\"}\n\n");
  out.clear();
  masker.feed("sk-ant-0", out);
  CHECK(out.empty());
  masker.feed("x", out);
  CHECK(out == "sk-ant-0x");
}

TEST_CASE("a piece without a byte changes nothing") {
  Masker masker("sk-ant-0123456789");
  std::string out;
  masker.feed({}, out);  // its data() is null
  masker.feed("sk-ant-", out);
  masker.feed({}, out);
  masker.feed("0123456789", out);
  CHECK(out == "*****************");
}

TEST_CASE("masking leaves the length of a text as it is, since its length may have been announced") {
  CHECK(masked("a sk-0123456789 b", "sk-0123456789") == "a ************* b");
}

TEST_CASE("a dummy key of a local server is no secret") {
  CHECK(masked("an example x", "x") == "an example x");
  CHECK(masked("anything", "") == "anything");
  CHECK(masked("0123456 01234567", "0123456") == "0123456 01234567");
  CHECK(masked("01234567", "01234567") == "********");
}

}  // namespace agentbox::masker_test
