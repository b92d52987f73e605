// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/http/chunked_body.hpp"
#include "gateway/http/message_head.hpp"

#include <algorithm>

namespace agentbox {

/// Follows a body as its bytes go by, in whatever pieces.
class BodyCounter {
 public:
  explicit BodyCounter(HttpBody body) : body_(body) {}
  [[nodiscard]] bool done() const {
    switch (body_.kind) {
      case HttpBody::Kind::none:
        return true;
      case HttpBody::Kind::length:
        return body_.length == 0;
      case HttpBody::Kind::chunked:
        return chunks_.state() == ChunkedBody::State::done;
      case HttpBody::Kind::until_close:
        break;
    }
    return false;
  }
  [[nodiscard]] bool malformed() const { return chunks_.state() == ChunkedBody::State::malformed; }
  /// How many of these bytes belong to the body.
  std::size_t consume(std::string_view bytes) {
    if (body_.kind == HttpBody::Kind::chunked) {
      return chunks_.consume(bytes);
    }
    if (body_.kind == HttpBody::Kind::until_close) {
      return bytes.size();
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(body_.length, bytes.size()));
    body_.length -= count;
    return count;
  }

 private:
  HttpBody body_;
  ChunkedBody chunks_;
};

}  // namespace agentbox
