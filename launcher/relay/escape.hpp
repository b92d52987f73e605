// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentbox {

/// end: the session ends. end_or_detach: or goes on without this terminal. detach: that alone (it is another terminal's session).
enum class WaysOut { end, end_or_detach, detach };

/// Finds the user's way out in what is typed: `~` as the first character of a line, then
///   `.`  leave the session      `d`  let it go on without us, where that can be
///   `?`  show the help          `~`  send one `~`      anything else: both are sent.
/// A `~` at the start of a line is held back until the next key. It is the same however the bytes are split.
///
/// Two kinds of bytes are looked through, because they are no keys pressed: a bracketed paste (`ESC[200~` ...
/// `ESC[201~`), in which nothing is an escape, and the key releases that a terminal reports after an agent asked for
/// them by the kitty keyboard protocol (`ESC[46;1:3u`).
class EscapeScanner {
 public:
  enum class Event { none, end, detach, help };

  explicit EscapeScanner(WaysOut ways = WaysOut::end) : ways_(ways) {}

  struct Result {
    std::string forwarded;  ///< to be sent
    Event event = Event::none;
    std::size_t consumed = 0;  ///< bytes of input; less than all only after an event: scan the rest again
  };

  Result scan(std::string_view input);

 private:
  enum class State { line_start, mid_line, after_tilde };

  void follow_paste_marker(char byte);
  [[nodiscard]] State state_after(char byte) const;
  [[nodiscard]] Event event_of(char byte) const;

  WaysOut ways_;
  State state_ = State::line_start;
  std::string held_;  ///< in after_tilde: the `~` and the key releases since
  std::size_t marker_matched_ = 0;
  char marker_digit_ = '0';
  bool in_paste_ = false;
};

/// What `~?` prints.
std::string_view escape_help(WaysOut ways);

}  // namespace agentbox
