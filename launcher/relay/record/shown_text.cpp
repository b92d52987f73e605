// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/shown_text.hpp"

#include <algorithm>
#include <utility>

namespace agentbox {
namespace {

constexpr char escape = '\x1b';

bool is_between(char byte, char first, char last) { return byte >= first && byte <= last; }

class ShownText {
 public:
  explicit ShownText(std::string_view rest) : rest_(rest) {}

  std::string take_all() {
    while (!rest_.empty()) {
      const char byte = next();
      if (byte == escape) {
        take_sequence();
      } else if (byte == '\n' || byte == '\r') {
        end_line();
      } else if (byte == '\t' || !is_control(byte)) {
        line_ += byte;
      }
    }
    end_line();
    return std::move(text_);
  }

 private:
  static bool is_control(char byte) { return (byte >= 0 && byte < ' ') || byte == '\x7f'; }

  char next() {
    const char byte = rest_.front();
    rest_.remove_prefix(1);
    return byte;
  }

  void take_sequence() {
    if (rest_.empty()) {
      return;
    }
    switch (rest_.front()) {
      case '[':
        next();
        take_csi();
        return;
      case ']':
      case 'P':
      case 'X':
      case '^':
      case '_':
        take_string();
        return;
      default:
        while (!rest_.empty() && is_between(rest_.front(), ' ', '/')) {
          next();
        }
        if (!rest_.empty() && is_between(rest_.front(), '0', '~')) {
          next();
        }
    }
  }

  void take_csi() {
    while (!rest_.empty() && is_between(rest_.front(), ' ', '?')) {
      next();
    }
    if (rest_.empty() || !is_between(rest_.front(), '@', '~')) {
      return;
    }
    constexpr std::string_view to_another_line = "ABEFHdf";
    const char final = next();
    if (to_another_line.find(final) != std::string_view::npos) {
      end_line();
    } else if (final == 'C' || final == 'G') {
      line_ += ' ';
    }
  }

  // Up to BEL or ESC, whose backslash is a sequence of its own.
  void take_string() { rest_.remove_prefix(std::min(rest_.find_first_of("\a\x1b"), rest_.size())); }

  void end_line() {
    const auto end = line_.find_last_not_of(" \t");
    if (end != std::string::npos) {
      text_.append(line_, 0, end + 1).append("\n");
    }
    line_.clear();
  }

  std::string_view rest_;
  std::string line_;
  std::string text_;
};

}  // namespace

std::string shown_text(std::string_view terminal_output) { return ShownText(terminal_output).take_all(); }

}  // namespace agentbox
