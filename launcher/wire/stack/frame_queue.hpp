// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/process/frame_reader.hpp"
#include "wire/stack/packet.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace agentbox::wire {

/// Frames on their way to QEMU, each with its length in front. Of fixed size: when QEMU does not read, there is no place for
/// more, and a sender waits or does without. Allocates nothing.
class FrameQueue {
 public:
  /// Room for one frame of that size, which is then on its way and must be written before flush(); no value when there is none.
  std::optional<std::span<char>> add(std::size_t size);
  /// Whether a frame of the longest kind still fits.
  [[nodiscard]] bool has_room() const { return capacity - end_ >= prefix_size + longest_frame; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  enum class Flushed { all, some, broken };
  /// Sends what the socket takes without waiting.
  Flushed flush(int socket);

 private:
  static constexpr std::size_t capacity = 6 * (prefix_size + longest_frame);
  std::array<char, capacity> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace agentbox::wire
