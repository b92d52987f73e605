// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace agentbox {

/// Where long work tells what it is doing. The command line shows it: as one changing line on a terminal, as plain lines
/// elsewhere, not at all with --quiet. Text may come from a guest; the receiver escapes it.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A new phase begins: "Installing Debian packages".
  virtual void phase(std::string_view title) = 0;
  /// A sign of life within the phase: a line that a tool printed.
  virtual void detail(std::string_view line) = 0;
  /// Something the user should know and that stays on the screen.
  virtual void note(std::string_view message) = 0;
  /// The work is over or pauses; the screen is somebody else's now. A later phase() starts anew.
  virtual void finish() = 0;
};

}  // namespace agentbox
