// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/frame_reader.hpp"

#include <arpa/inet.h>

#include <cstring>

namespace agentbox::wire {

std::array<char, prefix_size> frame_prefix(std::uint32_t length) {
  const std::uint32_t big_endian = htonl(length);
  std::array<char, prefix_size> prefix;
  std::memcpy(prefix.data(), &big_endian, prefix_size);
  return prefix;
}

std::span<char> FrameReader::space() {
  // What is left is less than one frame, so there is room for more behind it.
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return std::span(buffer_).subspan(end_);
}

std::optional<std::span<const char>> FrameReader::next() {
  if (broken_ || end_ - begin_ < prefix_size) {
    return std::nullopt;
  }
  std::uint32_t length = 0;
  std::memcpy(&length, buffer_.data() + begin_, prefix_size);
  length = ntohl(length);
  if (length > longest_frame) {
    broken_ = true;
    return std::nullopt;
  }
  if (end_ - begin_ < prefix_size + length) {
    return std::nullopt;
  }
  const std::span<const char> frame = std::span(buffer_).subspan(begin_ + prefix_size, length);
  begin_ += prefix_size + length;
  return frame;
}

}  // namespace agentbox::wire
