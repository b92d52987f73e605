// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/protocol.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace agentbox::wire {

/// Bytes of a length prefix in QEMU's framing (docs: -netdev stream): 4, big-endian, then the frame.
inline constexpr std::size_t prefix_size = 4;

/// The prefix of a frame of that many bytes.
std::array<char, prefix_size> frame_prefix(std::uint32_t length);

/// Cuts the byte stream from QEMU into frames. The bytes are the guest's: nothing of a frame but its length is looked
/// at. Of fixed size, allocates nothing. Usage: receive into space(), tell received(), take frames until next() has
/// none.
class FrameReader {
 public:
  /// Where the next bytes go; never empty once next() has been drained, unless broken().
  [[nodiscard]] std::span<char> space();
  void received(std::size_t count) { end_ += count; }

  /// The next whole frame, valid until space() is called. An empty frame is one, too.
  std::optional<std::span<const char>> next();
  /// The peer announced a frame longer than any can be: what follows has no meaning, and no more frames come.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  static constexpr std::size_t capacity = 4 * (prefix_size + longest_frame);
  std::array<char, capacity> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool broken_ = false;
};

}  // namespace agentbox::wire
