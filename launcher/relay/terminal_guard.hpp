// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/terminal_modes.hpp"
#include "relay/user_stream.hpp"
#include "sys/terminal.hpp"

#include <string_view>

namespace agentbox {

/// The user's terminal while the guest has it: raw, and given back as it was on every way out. That is more than
/// termios: the screen, cursor, mouse and keyboard modes that the guest left on are switched off, and what the terminal
/// still had to answer is taken away, so that it does not land in the shell's next command line.
class TerminalGuard {
 public:
  /// Both streams must outlive the guard.
  TerminalGuard(int input_fd, InputStream& input, OutputStream& output);
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  /// To be told of everything that is written to the terminal.
  void note_output(std::string_view output) { modes_.feed(output); }

  [[nodiscard]] const TerminalModes& modes() const { return modes_; }
  /// As they were before a text of ours, which has left no trace.
  void set_modes(TerminalModes modes) { modes_ = std::move(modes); }

  /// Around a stop by job control.
  void leave() noexcept { raw_.restore(); }
  void enter() { raw_.enter(); }

 private:
  void reset_modes();
  void discard_replies();

  InputStream& input_;
  OutputStream& output_;
  TerminalModes modes_;
  RawMode raw_;
};

}  // namespace agentbox
