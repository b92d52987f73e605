// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/http/head.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace agentbox::broker {

/// Takes the framing off a body that arrives in pieces. Pure; holds no data, only where it stands. As strict as the
/// heads: chunk sizes of 1 to 12 hexadecimal digits, CR LF after each chunk, no extensions, and trailers are read and
/// dropped.
class BodyDecoder {
 public:
  explicit BodyDecoder(Framing framing);

  struct Step {
    std::size_t consumed = 0;  ///< of the input; what is behind it belongs to the next message
    std::string_view data;     ///< a part of the input: the body's own bytes
  };
  /// The next bytes. One step yields at most one run of data: call it until consumed is 0 or done().
  Step feed(std::string_view input);
  /// The peer has closed its side. Only then is a body without a length complete.
  void end_of_stream();

  [[nodiscard]] bool done() const { return state_ == State::done; }
  [[nodiscard]] bool failed() const { return state_ == State::failed; }

 private:
  enum class State { data, size, size_lf, chunk_cr, chunk_lf, trailer, trailer_lf, done, failed };
  State after_control(char c);
  State after_size(char c);

  Framing::Kind kind_;
  State state_;
  std::uint64_t left_ = 0;         ///< of the body, or of the current chunk
  unsigned digits_ = 0;            ///< of the current chunk's size
  std::size_t trailer_bytes_ = 0;  ///< read so far
  bool line_empty_ = true;         ///< of the current trailer line
};

/// One chunk: "1a\r\n" + data + "\r\n". data must not be empty, since that would be the end.
std::string chunk_head(std::size_t size);
constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace agentbox::broker
