// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace agentbox::wire {

/// A queue of bytes in memory that somebody else owns. Full is a state, never an error: what does not fit is not taken.
class ByteRing {
 public:
  ByteRing() = default;
  explicit ByteRing(std::span<char> memory) : memory_(memory) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t room() const { return memory_.size() - size_; }
  [[nodiscard]] std::span<char> memory() const { return memory_; }

  /// Where the next bytes may be written, in one piece; empty only when the ring is full.
  [[nodiscard]] std::span<char> space() const {
    const std::size_t end = (begin_ + size_) % memory_.size();
    return memory_.subspan(end, std::min(room(), memory_.size() - end));
  }
  void written(std::size_t count) { size_ += count; }
  /// Takes as much of bytes as there is room for.
  std::size_t put(std::span<const char> bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && room() > 0) {
      const std::span<char> place = space();
      const std::size_t count = std::min(place.size(), bytes.size() - taken);
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(taken), count, place.begin());
      written(count);
      taken += count;
    }
    return taken;
  }

  /// The oldest bytes, as far as they lie in one piece.
  [[nodiscard]] std::span<const char> front() const {
    return memory_.subspan(begin_, std::min(size_, memory_.size() - begin_));
  }
  void drop(std::size_t count) {
    begin_ = (begin_ + count) % memory_.size();
    size_ -= count;
  }
  /// Copies bytes from the middle; all of them must be there.
  void copy(std::size_t from, std::span<char> to) const {
    const std::size_t at = (begin_ + from) % memory_.size();
    const std::size_t first = std::min(to.size(), memory_.size() - at);
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(at), first, to.begin());
    std::copy_n(memory_.begin(), to.size() - first, to.begin() + static_cast<std::ptrdiff_t>(first));
  }

 private:
  std::span<char> memory_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace agentbox::wire
