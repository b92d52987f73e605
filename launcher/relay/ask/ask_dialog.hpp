// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/ask/ask_keys.hpp"
#include "relay/ask/ask_screen.hpp"
#include "relay/ask/ask_source.hpp"
#include "relay/terminal_output.hpp"
#include "relay/user_stream.hpp"

namespace agentbox {

/// The way of a question onto the user's terminal, and of the answer back. While one stands there the guest's output
/// must be held back. Part of the relay's loop: never blocks.
class AskDialog {
 public:
  /// The streams must outlive this, and so must the source.
  AskDialog(AskSource& source, TerminalOutput& terminal, OutputStream& output);

  [[nodiscard]] int fd() const { return source_.fd(); }
  [[nodiscard]] bool is_open() const { return open_.has_value(); }

  /// Takes what the source has, shows the next question, closes one that is answered. size: of the terminal now; a
  /// question that does not fit is denied.
  void serve(std::optional<TerminalSize> size);
  /// What the user typed; returns what of it is for the guest.
  std::string feed(std::string_view typed);
  /// After a change of the terminal's size, or when another program has written on it.
  void redraw(std::optional<TerminalSize> size);
  /// Denies what is open: the session is over.
  void give_up();

  /// When serve() is due without any event.
  [[nodiscard]] std::optional<Deadline> next_time() const;
  /// True once after a question that has left the guest's screen damaged.
  bool take_repaint();

 private:
  struct Open {
    PosedQuestion posed;
    AskScreen screen;
    TerminalModes modes;          ///< the guest's, before
    std::optional<AskKeys> keys;  ///< from when the question stands on the screen
  };
  struct Waiting {
    PosedQuestion posed;
    Deadline until;  ///< for the guest to end its sequence
  };

  void take_events();
  void show(const PosedQuestion& posed, std::optional<TerminalSize> size);
  void close();

  AskSource& source_;
  TerminalOutput& terminal_;
  OutputStream& output_;
  std::optional<Waiting> waiting_;
  std::optional<Open> open_;
  bool repaint_ = false;
};

}  // namespace agentbox
