// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/ask_question.hpp"
#include "relay/terminal_modes.hpp"
#include "sys/terminal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// How a question is shown and taken away again.
struct AskScreen {
  std::string open;
  std::string close;
  /// Whether the guest has to draw its screen anew afterwards.
  enum class After { as_before, repaint } after = After::as_before;
};

/// A guest on the main screen gets it back as it was: the question stands on the alternate one. A guest that uses that
/// itself loses the lowest lines, and must repaint. Everything by which a guest could hide or bend our text is off
/// meanwhile. No value when the terminal is too small for the whole of it: what cannot be read cannot be answered.
/// Pure.
std::optional<AskScreen> ask_screen(const PosedQuestion& posed, const TerminalModes& modes, TerminalSize size);

/// The text in lines of at most `columns`. Of the host's name no byte is left out, since what matters may stand at
/// either end.
std::vector<std::string> ask_lines(const PosedQuestion& posed, std::size_t columns);

}  // namespace agentbox
