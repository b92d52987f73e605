// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/shown_text.hpp"

#include <utility>

namespace agentbox {
namespace {

constexpr char escape = '\x1b';

bool is_between(char byte, char first, char last) { return byte >= first && byte <= last; }

bool is_control_or_del(char byte) { return (byte >= 0 && byte < ' ') || byte == '\x7f'; }

}  // namespace

std::string ShownText::lines(std::string_view terminal_output) {
  for (const char byte : terminal_output) {
    take(byte);
  }
  return std::exchange(text_, {});
}

std::string ShownText::end() {
  state_ = State::text;
  end_line();
  return std::exchange(text_, {});
}

void ShownText::take(char byte) {
  switch (state_) {
    case State::text:
      return take_text(byte);
    case State::escape:
      return take_escape(byte);
    case State::intermediate:
      if (!is_between(byte, ' ', '/')) {
        state_ = State::text;
        if (!is_between(byte, '0', '~')) {
          take_text(byte);
        }
      }
      return;
    case State::csi:
      return take_csi(byte);
    case State::string:
      // Up to BEL or ESC, whose backslash is a sequence of its own.
      state_ = byte == '\a' ? State::text : byte == escape ? State::escape : State::string;
  }
}

void ShownText::take_text(char byte) {
  if (byte == escape) {
    state_ = State::escape;
  } else if (byte == '\n' || byte == '\r') {
    end_line();
  } else if (byte == '\t' || !is_control_or_del(byte)) {
    line_ += byte;
    if (line_.size() == longest_line) {
      end_line();
    }
  }
}

void ShownText::take_escape(char byte) {
  constexpr std::string_view strings = "]PX^_";
  state_ = byte == '['                                    ? State::csi
           : strings.find(byte) != std::string_view::npos ? State::string
           : is_between(byte, ' ', '/')                   ? State::intermediate
                                                          : State::text;
  if (state_ == State::text && !is_between(byte, '0', '~')) {
    take_text(byte);
  }
}

void ShownText::take_csi(char byte) {
  if (is_between(byte, ' ', '?')) {
    return;
  }
  state_ = State::text;
  if (!is_between(byte, '@', '~')) {
    return take_text(byte);
  }
  constexpr std::string_view to_another_line = "ABEFHdf";
  if (to_another_line.find(byte) != std::string_view::npos) {
    end_line();
  } else if (byte == 'C' || byte == 'G') {
    line_ += ' ';
  }
}

void ShownText::end_line() {
  const auto end = line_.find_last_not_of(" \t");
  if (end != std::string::npos) {
    text_.append(line_, 0, end + 1).append("\n");
  }
  line_.clear();
}

std::string shown_text(std::string_view terminal_output) {
  ShownText shown;
  std::string text = shown.lines(terminal_output);
  return text + shown.end();
}

}  // namespace agentbox
