// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What QEMU hands to agentbox-wire: the guest's frames, each behind its length. The same frames however they come, each
// as long as it said, nothing lost between them.
#include "wire/process/frame_reader.hpp"

#include "support/check.hpp"

#include <cstring>
#include <memory>
#include <vector>

using namespace agentbox;
using fuzz::check;

namespace {

struct Frames {
  std::vector<std::string> list;
  bool broken = false;
  friend bool operator==(const Frames&, const Frames&) = default;
};

Frames read(std::string_view text, std::size_t piece) {
  const auto reader = std::make_unique<wire::FrameReader>();
  Frames frames;
  while (!text.empty() && !reader->broken()) {
    const std::span<char> space = reader->space();
    check(!space.empty());
    const std::size_t count = std::min({piece, space.size(), text.size()});
    std::memcpy(space.data(), text.data(), count);
    reader->received(count);
    text.remove_prefix(count);
    while (const auto frame = reader->next()) frames.list.emplace_back(frame->begin(), frame->end());
  }
  frames.broken = reader->broken();
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  // A few long stretches for a few bytes of input: the buffer's end is where mistakes would be.
  std::string text;
  for (std::size_t i = 0; i < size && text.size() < 600000; ++i) {
    data[i] == 'L' ? text.append(20000, 'x') : text.append(1, static_cast<char>(data[i]));
  }
  const Frames whole = read(text, text.size() + 1);
  check(whole == read(text, 1 + size % 5000));
  if (text.size() < 4096) check(whole == read(text, 1));
  std::string again;
  for (const std::string& frame : whole.list) {
    check(frame.size() <= wire::longest_frame);
    const auto prefix = wire::frame_prefix(static_cast<std::uint32_t>(frame.size()));
    again.append(prefix.begin(), prefix.end()).append(frame);
  }
  check(text.starts_with(again));
  return 0;
}
