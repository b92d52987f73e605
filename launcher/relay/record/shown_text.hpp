// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// The words of what is written to a terminal, to be read in a log: without colours, titles and other sequences. Where
/// the cursor is set to another line a new line begins, where it is moved to the right there is a space; empty lines
/// are left out. What remains is still the guest's: escape it before it is printed.
///
/// The output may come in pieces, cut anywhere: lines() has those that are complete, end() the one that is not, and
/// whatever was begun (a line, a sequence) is over then. A line without an end is one after longest_line bytes.
class ShownText {
 public:
  static constexpr std::size_t longest_line = std::size_t{64} << 10U;

  std::string lines(std::string_view terminal_output);
  std::string end();

 private:
  enum class State { text, escape, intermediate, csi, string };

  void take(char byte);
  void take_text(char byte);
  void take_escape(char byte);
  void take_csi(char byte);
  void end_line();

  State state_ = State::text;
  std::string line_;
  std::string text_;
};

/// Of all of it at once. Pure.
std::string shown_text(std::string_view terminal_output);

}  // namespace agentbox
