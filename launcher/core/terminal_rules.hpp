// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox {

/// What a session may do to the user's terminal beyond what every program on it needs (text, colours, the cursor, the
/// screen's and the keyboard's modes). A policy's `terminal` section. What is in neither is dropped.
struct TerminalRules {
  enum class Titles { show, drop } titles = Titles::show;              ///< of the window and its tab
  enum class Hyperlinks { show, drop } hyperlinks = Hyperlinks::show;  ///< to http, https and mailto
  enum class Clipboard { none, write } clipboard = Clipboard::none;    ///< reading it is never possible
  /// bell: a notification rings the bell instead. The bell itself always rings.
  enum class Notifications { none, bell, full } notifications = Notifications::bell;
  /// Whether an image that the user pastes for an agent is put into the VM. Only the user's own key does that, nothing the guest says.
  enum class PastedImages { hand_over, keep_out } pasted_images = PastedImages::hand_over;

  friend bool operator==(const TerminalRules&, const TerminalRules&) = default;
};

/// off: the terminal gets all that the guest writes, as it is.
enum class TerminalFilter { on, off };

}  // namespace agentbox
