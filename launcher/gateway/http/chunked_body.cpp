// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/chunked_body.hpp"

#include <algorithm>

namespace agentbox {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr unsigned kMostDigits = 15;  // of a size: no overflow

}  // namespace

std::size_t ChunkedBody::consume(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ == State::open) {
    if (expect_ == Expect::data) {
      const auto step = std::min<std::uint64_t>(left_, bytes.size() - used);
      left_ -= step;
      used += static_cast<std::size_t>(step);
      expect_ = left_ == 0 ? Expect::data_end : Expect::data;
      continue;
    }
    consume_byte(bytes[used]);
    used += state_ == State::malformed ? 0 : 1;
  }
  return used;
}

void ChunkedBody::consume_byte(char c) {
  if (expect_ == Expect::size && hex_value(c) >= 0 && digits_ < kMostDigits) {
    left_ = left_ * 16 + static_cast<unsigned>(hex_value(c));
    ++digits_;
    return;
  }
  if (expect_ == Expect::size && c == '\r' && digits_ > 0) {
    expect_ = Expect::size_end;
    carriage_return_ = true;
    return;
  }
  if (expect_ != Expect::size && c == '\r' && !carriage_return_) {
    carriage_return_ = true;
    return;
  }
  if (expect_ == Expect::size || c != '\n' || !carriage_return_) {
    state_ = State::malformed;
    return;
  }
  carriage_return_ = false;
  if (expect_ == Expect::last_end) {
    state_ = State::done;
  } else if (expect_ == Expect::size_end) {
    expect_ = left_ == 0 ? Expect::last_end : Expect::data;
  } else {
    expect_ = Expect::size;
    digits_ = 0;
  }
}

}  // namespace agentbox
