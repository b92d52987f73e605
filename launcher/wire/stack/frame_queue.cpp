// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/stack/frame_queue.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace agentbox::wire {

std::optional<std::span<char>> FrameQueue::add(std::size_t size) {
  if (capacity - end_ < prefix_size + size) {
    return std::nullopt;
  }
  const auto prefix = frame_prefix(static_cast<std::uint32_t>(size));
  std::copy(prefix.begin(), prefix.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
  const auto frame = std::span(buffer_).subspan(end_ + prefix_size, size);
  end_ += prefix_size + size;
  return frame;
}

FrameQueue::Flushed FrameQueue::flush(int socket) {
  while (!empty()) {
    const ssize_t count = ::send(socket, buffer_.data() + begin_, end_ - begin_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      return Flushed::broken;
    }
    if (count <= 0) {
      break;
    }
    begin_ += static_cast<std::size_t>(count);
  }
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return empty() ? Flushed::all : Flushed::some;
}

}  // namespace agentbox::wire
