// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// Follows the output of a program to know which modes of the terminal it has switched on, so that they can be switched
/// off when it ends without doing so (killed, cut off, crashed). Pure; the same however the bytes are split; holds a
/// few hundred bytes at most, whatever comes.
class TerminalModes {
 public:
  TerminalModes() = default;
  void feed(std::string_view output);

  /// What brings the terminal back to normal: empty when nothing is out of the ordinary. Never touches a mode that the
  /// program left alone: not every terminal knows every mode, and some have the user's own settings.
  [[nodiscard]] std::string restore_sequence() const;

  /// What brings another terminal, a normal one, to what the program takes its terminal for: modes only, nothing is drawn. Empty when
  /// nothing is out of the ordinary.
  [[nodiscard]] std::string repeat_sequence() const;

  [[nodiscard]] bool on_alternate_screen() const;
  /// What is pasted is to be told from what is typed (mode 2004).
  [[nodiscard]] bool brackets_pastes() const;
  /// Not in the midst of a sequence: a text of ours would not break one apart.
  [[nodiscard]] bool at_rest() const { return state_ == State::ground; }
  /// For a text of ours on the program's screen. What ends what would swallow or hide it, to be sent first; what makes
  /// it stand where and as it is meant, the cursor having been saved; and what gives the program's modes back, before
  /// the cursor is restored.
  [[nodiscard]] static std::string interrupting_sequence();
  [[nodiscard]] static std::string neutral_sequence();
  [[nodiscard]] std::string program_sequence() const;

 private:
  explicit TerminalModes(unsigned titles_pushed) : titles_pushed_(titles_pushed) {}

  enum class State { ground, escape, escape_intermediate, csi, string, string_escape };

  void feed_ground(char byte);
  void feed_escape(char byte);
  void feed_csi(char byte);
  void feed_string(char byte);
  enum class String { osc, other };
  void begin_string(String kind);
  void follow_link(char byte);
  void end_string();
  void dispatch_csi(char final);
  void set_private_modes(bool on);
  void follow_keyboard_stack();
  void follow_title_stack();
  void soft_reset();

  State state_ = State::ground;
  std::string parameters_;        ///< of the CSI sequence that is being read, prefix and intermediates included
  char escape_intermediate_ = 0;  ///< '(' of ESC ( 0

  std::set<int> unusual_;                 ///< DEC private modes that are not as usual
  std::array<std::vector<int>, 2> pushed_;  ///< kitty keyboard flags pushed, on the main and the alternate screen
  int keyboard_flags_ = 0;
  int modify_other_keys_ = 0;
  bool application_keypad_ = false;
  bool insert_mode_ = false;
  bool attributes_ = false;
  bool scroll_region_ = false;
  int cursor_style_ = 0;
  bool line_drawing_ = false;  ///< G0 is not ASCII
  bool shifted_out_ = false;   ///< G1 is in use

  bool hyperlink_ = false;     ///< what is written now belongs to one
  unsigned titles_pushed_ = 0;

  // Of the string that is being read: whether it is a hyperlink so far, the semicolons up to its address, and whether it has one.
  bool maybe_link_ = false;
  unsigned semicolons_ = 0;
  bool has_address_ = false;
};

}  // namespace agentbox
