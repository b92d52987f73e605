// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/escape.hpp"

#include <algorithm>

namespace agentbox {

std::string_view escape_help(WaysOut ways) {
  switch (ways) {
    case WaysOut::end_or_detach:
      return "\r\nAfter Enter:  ~.  end this session   ~d  detach: it goes on without this terminal   ~~  send ~   ~?  this text\r\n";
    case WaysOut::detach:
      return "\r\nAfter Enter:  ~.  leave; the session goes on   ~~  send ~   ~?  this text\r\n";
    case WaysOut::end:
      break;
  }
  return "\r\nAfter Enter:  ~.  end this session   ~~  send ~   ~?  this text\r\n";
}

namespace {

/// Both paste markers, but for the digit that tells begin from end.
constexpr std::string_view marker = "\x1b[20*~";
constexpr std::size_t digit_at = 4;

/// The length of the key release report (event type 3) that text begins with, or 0. One that is cut by the end of a
/// read is not known as such: the worst of it is that this one `~.` must be typed again.
std::size_t key_release_length(std::string_view text) {
  constexpr std::size_t longest = 40;
  text = text.substr(0, longest);
  if (!text.starts_with("\x1b[")) {
    return 0;
  }
  const std::size_t end = text.find_first_not_of("0123456789:;", 2);
  if (end == std::string_view::npos || text[end] < '@' || text[end] > '~') {
    return 0;
  }
  const std::size_t modifiers = text.find(';');
  if (modifiers >= end) {
    return 0;
  }
  const std::size_t event = text.find_first_not_of("0123456789", modifiers + 1);
  const bool release = text.substr(event, 2) == ":3" && (text[event + 2] == ';' || event + 2 == end);
  return release ? end + 1 : 0;
}

}  // namespace

void EscapeScanner::follow_paste_marker(char byte) {
  const bool fits = marker_matched_ == digit_at ? byte == '0' || byte == '1' : byte == marker[marker_matched_];
  if (!fits) {
    marker_matched_ = byte == marker[0] ? 1 : 0;  // ESC stands nowhere but at the beginning
    return;
  }
  if (marker_matched_ == digit_at) {
    marker_digit_ = byte;
  }
  if (++marker_matched_ == marker.size()) {
    marker_matched_ = 0;
    in_paste_ = marker_digit_ == '0';
    state_ = State::mid_line;
  }
}

EscapeScanner::State EscapeScanner::state_after(char byte) const {
  return byte == '\r' || byte == '\n' ? State::line_start : State::mid_line;
}

EscapeScanner::Event EscapeScanner::event_of(char byte) const {
  if (byte == '.') {
    return ways_ == WaysOut::detach ? Event::detach : Event::end;
  }
  if (byte == 'd' && ways_ != WaysOut::end) {
    return Event::detach;
  }
  return byte == '?' ? Event::help : Event::none;
}

EscapeScanner::Result EscapeScanner::scan(std::string_view input) {
  Result result;
  result.forwarded.reserve(input.size() + held_.size());
  while (result.consumed < input.size()) {
    const char byte = input[result.consumed];
    const std::size_t release =
        !in_paste_ && state_ != State::mid_line ? key_release_length(input.substr(result.consumed)) : 0;
    if (release > 0) {
      (state_ == State::after_tilde ? held_ : result.forwarded).append(input.substr(result.consumed, release));
      result.consumed += release;
      continue;
    }
    ++result.consumed;
    if (!in_paste_ && state_ == State::line_start && byte == '~') {
      state_ = State::after_tilde;
      held_ = '~';
      continue;
    }
    if (state_ == State::after_tilde) {
      const std::string held = std::move(held_);
      held_.clear();
      if (const Event event = event_of(byte); event != Event::none) {
        state_ = State::line_start;
        result.event = event;
        return result;
      }
      result.forwarded += held;
      if (byte == '~') {
        state_ = State::mid_line;
        continue;
      }
    }
    result.forwarded += byte;
    state_ = in_paste_ ? State::mid_line : state_after(byte);
    follow_paste_marker(byte);
  }
  return result;
}

}  // namespace agentbox
