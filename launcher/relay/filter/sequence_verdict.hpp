// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox {

/// Who is at the terminal. interactive: it is in raw mode, its answers and its keyboard are the guest's, and its modes
/// are put in order at the end. print_only: output alone goes there (a pipe is the input), so what the terminal
/// answered would be typed into the user's shell. replay: the same for a recording, which has the screen for itself.
enum class OutputUse { interactive, print_only, replay };

/// What becomes of a guest's sequence.
struct SequenceVerdict {
  std::string shown;  ///< what the terminal gets in its place, whole; empty: nothing
  enum class Answer { none, expected } answer = Answer::none;  ///< expected: the terminal sends something back
};

}  // namespace agentbox
