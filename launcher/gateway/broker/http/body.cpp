// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/http/body.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox::broker {
namespace {

constexpr std::size_t most_trailer_bytes = 8 * 1024;
constexpr unsigned most_digits = 12;

}  // namespace

BodyDecoder::BodyDecoder(Framing framing) : kind_(framing.kind), state_(State::data), left_(framing.length) {
  if (kind_ == Framing::Kind::none || (kind_ == Framing::Kind::length && left_ == 0)) state_ = State::done;
  if (kind_ == Framing::Kind::chunked) state_ = State::size;
}

BodyDecoder::Step BodyDecoder::feed(std::string_view input) {
  Step step;
  while (step.consumed < input.size() && !done() && !failed()) {
    if (state_ != State::data) {
      state_ = after_control(input[step.consumed++]);
      continue;
    }
    const std::string_view rest = input.substr(step.consumed);
    if (kind_ == Framing::Kind::until_close) {
      step.data = rest;
    } else {
      step.data = rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size())));
      left_ -= step.data.size();
      if (left_ == 0) state_ = kind_ == Framing::Kind::chunked ? State::chunk_cr : State::done;
    }
    step.consumed += step.data.size();
    return step;
  }
  return step;
}

BodyDecoder::State BodyDecoder::after_size(char c) {
  if (c == '\r' && digits_ > 0) return State::size_lf;
  const int value = hex_digit(c);
  if (value < 0 || ++digits_ > most_digits) return State::failed;
  left_ = left_ * 16 + static_cast<std::uint64_t>(value);
  return State::size;
}

BodyDecoder::State BodyDecoder::after_control(char c) {
  switch (state_) {
    case State::size:
      return after_size(c);
    case State::size_lf:
      digits_ = 0;
      if (c != '\n') return State::failed;
      line_empty_ = true;
      return left_ == 0 ? State::trailer : State::data;
    case State::chunk_cr:
      return c == '\r' ? State::chunk_lf : State::failed;
    case State::chunk_lf:
      return c == '\n' ? State::size : State::failed;
    case State::trailer:
      if (++trailer_bytes_ > most_trailer_bytes || c == '\n') return State::failed;
      if (c == '\r') return State::trailer_lf;
      line_empty_ = false;
      return State::trailer;
    case State::trailer_lf:
      if (c != '\n') return State::failed;
      if (line_empty_) return State::done;
      line_empty_ = true;
      return State::trailer;
    case State::data:
    case State::done:
    case State::failed:
      break;
  }
  return State::failed;
}

void BodyDecoder::end_of_stream() {
  if (kind_ == Framing::Kind::until_close && state_ == State::data) state_ = State::done;
  if (!done()) state_ = State::failed;
}

std::string chunk_head(std::size_t size) { return fmt::format("{:x}\r\n", size); }

}  // namespace agentbox::broker
