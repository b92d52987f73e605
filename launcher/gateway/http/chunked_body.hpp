// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentbox {

/// Follows a chunked body (RFC 9112 7.1) to find its end, without changing it. Strict where smuggling lives: sizes are
/// hex digits only, no extensions, no trailers, CRLF everywhere.
class ChunkedBody {
 public:
  enum class State { open, done, malformed };

  /// How many of these bytes belong to the body: all of them, unless it ends or goes wrong among them.
  std::size_t consume(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }

 private:
  enum class Expect { size, size_end, data, data_end, last_end };
  void consume_byte(char c);
  State state_ = State::open;
  Expect expect_ = Expect::size;
  unsigned digits_ = 0;
  std::uint64_t left_ = 0;
  bool carriage_return_ = false;
};

}  // namespace agentbox
