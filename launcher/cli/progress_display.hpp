// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/invocation.hpp"
#include "core/progress.hpp"

#include <chrono>
#include <string>

namespace agentbox {

/// Progress on a descriptor (standard error). On a terminal: one line that changes with each event and is gone at the
/// end, so that an agent finds a clean screen. Elsewhere: a plain line for each phase, and for each detail when
/// verbose. Quiet: notes only. There is no thread: a phase without events shows the time of the last one.
///
/// Everything shown is escaped, for it may come from a guest; nothing shown is wider than the terminal.
class ProgressDisplay : public Progress {
 public:
  ProgressDisplay(int fd, Verbosity verbosity);
  ~ProgressDisplay() override;
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void phase(std::string_view title) override;
  void detail(std::string_view line) override;
  void note(std::string_view message) override;
  void finish() override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Style { changing_line, plain_lines, notes_only };
  static Style choose_style(int fd, Verbosity verbosity);

  void redraw();
  void clear() noexcept;
  void write(std::string_view text) noexcept;

  int fd_;
  Verbosity verbosity_;
  Style style_;
  std::string title_;   ///< escaped; empty: between phases
  std::string detail_;  ///< escaped
  Clock::time_point phase_began_{};
  Clock::time_point drawn_{};
  std::size_t spinner_ = 0;
  bool line_shown_ = false;
};

/// "⠋ Installing packages … 12 s  Unpacking gcc", in at most that many columns.
std::string progress_line(std::size_t spinner, const std::string& title, std::chrono::milliseconds elapsed,
                          const std::string& detail, std::size_t columns);

}  // namespace agentbox
