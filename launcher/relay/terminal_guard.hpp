// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/terminal_rules.hpp"
#include "relay/pending_replies.hpp"
#include "relay/terminal_output.hpp"
#include "relay/user_stream.hpp"
#include "sys/terminal.hpp"

#include <optional>
#include <string_view>

namespace agentbox {

/// The user's terminal while the guest has it: raw, and given back as it was on every way out. That is more than
/// termios: the screen, cursor, mouse and keyboard modes that the guest left on are switched off, and what the terminal
/// still has to answer is awaited and taken away, so that it does not land in the shell's next command line.
class TerminalGuard {
 public:
  /// Both streams must outlive the guard. rules: see TerminalOutput.
  TerminalGuard(int input_fd, InputStream& input, OutputStream& output, const std::optional<TerminalRules>& rules);
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  [[nodiscard]] TerminalOutput& output() { return output_; }
  /// See TerminalOutput.
  std::string_view show(std::string_view from_guest);
  /// To be told of everything that comes from the terminal.
  void note_input(std::string_view input) { replies_.feed(input); }

  /// Around a stop by job control.
  void leave() noexcept { raw_.restore(); }
  void enter() { raw_.enter(); }

 private:
  void await_replies();
  void discard_input();

  InputStream& input_;
  PendingReplies replies_;
  RawMode raw_;
  TerminalOutput output_;
};

}  // namespace agentbox
