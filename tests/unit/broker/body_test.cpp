// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/http/body.hpp"

#include "support/catch.hpp"

namespace agentbox::body_test {

using namespace agentbox::broker;

namespace {

/// The body, then "|" and what was left over; or "failed", or "not done".
std::string decode(Framing framing, const std::string& bytes, std::size_t piece) {
  BodyDecoder decoder(framing);
  std::string body;
  std::size_t used = 0;
  while (used < bytes.size() && !decoder.done() && !decoder.failed()) {
    std::string_view input = std::string_view(bytes).substr(used, piece);
    while (!input.empty() && !decoder.done() && !decoder.failed()) {
      const auto step = decoder.feed(input);
      body += step.data;
      used += step.consumed;
      input.remove_prefix(step.consumed);
    }
  }
  if (decoder.failed()) return "failed";
  return decoder.done() ? body + "|" + bytes.substr(used) : "not done";
}

constexpr Framing chunked{Framing::Kind::chunked, 0};

}  // namespace

TEST_CASE("a chunked body comes out the same, however it is cut") {
  const std::string bytes = "5\r\nhello\r\n00c\r\n, great worl\r\n1\r\nd\r\n0\r\nX-Trailer: dropped\r\n\r\nnext";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    CHECK(decode(chunked, bytes, piece) == "hello, great world|next");
}

TEST_CASE("chunks in other spellings are refused") {
  for (const char* bytes : {"5\nhello\r\n0\r\n\r\n", "5\r\nhelloX0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "\r\nhello",
                            "5;ext=1\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "-5\r\n", "0x5\r\nhello",
                            "1234567890123\r\n", "0\r\nX: y\n\r\n", "g\r\n"}) {
    INFO(bytes);
    CHECK(decode(chunked, bytes, 1) == "failed");
    CHECK(decode(chunked, bytes, 100) == "failed");
  }
  CHECK(decode(chunked, "0\r\n" + std::string(9000, 'x'), 1000) == "failed");
}

TEST_CASE("a chunked body cut at any byte is not taken for whole") {
  const std::string bytes = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(decode(chunked, bytes.substr(0, size), 4) == "not done");
    BodyDecoder decoder(chunked);
    std::string_view input = std::string_view(bytes).substr(0, size);
    while (!input.empty()) input.remove_prefix(decoder.feed(input).consumed);
    decoder.end_of_stream();
    CHECK(decoder.failed());
  }
}

TEST_CASE("a body with a length ends there, and what follows is the next message") {
  for (std::size_t piece = 1; piece < 12; ++piece)
    CHECK(decode({Framing::Kind::length, 5}, "hello, world", piece) == "hello|, world");
  CHECK(decode({Framing::Kind::length, 0}, "x", 1) == "|x");
  CHECK(decode({Framing::Kind::none, 0}, "x", 1) == "|x");
  CHECK(decode({Framing::Kind::length, 5}, "hell", 1) == "not done");
}

TEST_CASE("a body without a length is complete when the peer closes") {
  BodyDecoder decoder({Framing::Kind::until_close, 0});
  CHECK(decoder.feed("abc").data == "abc");
  CHECK_FALSE(decoder.done());
  decoder.end_of_stream();
  CHECK(decoder.done());
}

}  // namespace agentbox::body_test
