// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/frame_reader.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace agentbox::frame_reader_test {

using namespace agentbox::wire;

namespace {

std::string framed(const std::string& frame) {
  const auto prefix = frame_prefix(static_cast<std::uint32_t>(frame.size()));
  return std::string(prefix.begin(), prefix.end()) + frame;
}

/// Feeds bytes in pieces of the given size, or as much as the reader takes.
std::vector<std::string> frames_of(FrameReader& reader, const std::string& bytes, std::size_t piece) {
  std::vector<std::string> frames;
  for (std::size_t at = 0; at < bytes.size() && !reader.broken();) {
    const auto space = reader.space();
    REQUIRE_FALSE(space.empty());
    const std::size_t count = std::min({piece, space.size(), bytes.size() - at});
    std::copy_n(bytes.data() + at, count, space.data());
    reader.received(count);
    at += count;
    while (const auto frame = reader.next()) {
      frames.emplace_back(frame->begin(), frame->end());
    }
  }
  return frames;
}

}  // namespace

TEST_CASE("the prefix is big-endian") {
  CHECK(frame_prefix(0x0102) == std::array<char, 4>{0, 0, 1, 2});
  CHECK(frame_prefix(longest_frame) == std::array<char, 4>{0, 1, 0, 2});
}

TEST_CASE("frames come out whole, wherever the stream is cut") {
  const std::vector<std::string> frames = {"first", "", std::string(1, '\0'), std::string(1514, 'x'), "last"};
  std::string bytes;
  for (const auto& frame : frames) {
    bytes += framed(frame);
  }
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameReader reader;
    INFO(piece);
    REQUIRE(frames_of(reader, bytes, piece) == frames);
  }
}

TEST_CASE("frames of the full length, one after the other") {
  std::vector<std::string> frames;
  std::string bytes;
  for (char c = 'a'; c < 'a' + 20; ++c) {
    frames.emplace_back(longest_frame - static_cast<std::uint32_t>(c % 3), c);
    bytes += framed(frames.back());
  }
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{65536}, bytes.size()}) {
    FrameReader reader;
    CHECK(frames_of(reader, bytes, piece) == frames);
  }
}

// A length that no frame has: reading on would take the guest's bytes for lengths, waiting for it would take memory.
TEST_CASE("an impossible length ends the stream, and what came before it counts") {
  for (const std::uint32_t length : {longest_frame + 1, 0x00ffffffU, 0x80000000U, 0xffffffffU}) {
    for (const std::size_t piece : {1, 3, 1000}) {
      const auto prefix = frame_prefix(length);
      FrameReader reader;
      const std::string bytes = framed("good") + std::string(prefix.begin(), prefix.end()) + framed("never");
      CHECK(frames_of(reader, bytes, piece) == std::vector<std::string>{"good"});
      CHECK(reader.broken());
      CHECK_FALSE(reader.next());
    }
  }
}

}  // namespace agentbox::frame_reader_test
