// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/terminal_rules.hpp"
#include "relay/filter/output_filter.hpp"
#include "relay/terminal_modes.hpp"
#include "relay/user_stream.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace agentbox {

/// The guest's output on its way to a terminal: filtered, and followed, so that the terminal is in order at the end.
class TerminalOutput {
 public:
  /// rules: none for all that the guest writes, as it is. The stream must outlive this.
  TerminalOutput(OutputStream& stream, const std::optional<TerminalRules>& rules, OutputUse use);
  /// Switches off what the guest has left on: waits for the terminal to take that, but not for long.
  ~TerminalOutput();
  TerminalOutput(const TerminalOutput&) = delete;
  TerminalOutput& operator=(const TerminalOutput&) = delete;

  /// The caller keeps to the stream's room(); the filter may add a little. Returns what is shown of it, valid until the
  /// next call.
  std::string_view show(std::string_view from_guest);
  /// A text of ours that changes modes, which are to be undone like the guest's should the session end now.
  void show_own(std::string_view text);

  [[nodiscard]] const TerminalModes& modes() const { return modes_; }
  /// As they were before a text of ours, which has left no trace.
  void set_modes(TerminalModes modes) { modes_ = std::move(modes); }

  enum class Questions { counted, unknown };
  /// Whether take_questions() tells of every sequence that makes the terminal answer.
  [[nodiscard]] Questions questions() const { return filter_ ? Questions::counted : Questions::unknown; }
  unsigned take_questions() { return filter_ ? filter_->take_questions() : 0; }

  void put_in_order();
  /// False when the terminal does not take all of it within a second.
  bool say_last(std::string_view text);

 private:
  OutputStream& stream_;
  std::optional<OutputFilter> filter_;
  TerminalModes modes_;
};

}  // namespace agentbox
