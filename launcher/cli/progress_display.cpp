// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_display.hpp"

#include "cli/output.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "sys/terminal.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace agentbox {

namespace {

constexpr std::array<const char*, 10> spinners = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::size_t shown_bytes = 1024;

bool understands_escapes() {
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

/// Each line of a message escaped, so that "\n" of ours stays what it is.
std::string escape_lines(std::string_view message) {
  std::string text;
  for (const auto& line : split(trim(message), '\n')) {
    text += (text.empty() ? "" : "\n  ") + escape_untrusted(line);
  }
  return text;
}

}  // namespace

std::string progress_line(std::size_t spinner, const std::string& title, std::chrono::milliseconds elapsed,
                          const std::string& detail, std::size_t columns) {
  std::string line = std::string(spinners[spinner % spinners.size()]) + " " + title;
  if (elapsed >= std::chrono::seconds(1)) {  // shorter ones only flicker
    line += " … " + format_duration(std::chrono::duration_cast<std::chrono::seconds>(elapsed));
  }
  if (!detail.empty()) {
    line += "  " + detail;
  }
  return fit_to_width(line, columns);
}

ProgressDisplay::Style ProgressDisplay::choose_style(int fd, Verbosity verbosity) {
  if (verbosity == Verbosity::quiet) {
    return Style::notes_only;
  }
  // With -v all details stay on the screen: that is what it is for.
  return verbosity == Verbosity::normal && is_terminal(fd) && understands_escapes() ? Style::changing_line
                                                                                    : Style::plain_lines;
}

ProgressDisplay::ProgressDisplay(int fd, Verbosity verbosity)
    : fd_(fd), verbosity_(verbosity), style_(choose_style(fd, verbosity)) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

void ProgressDisplay::phase(std::string_view title) {
  title_ = escape_untrusted(title, shown_bytes);
  detail_.clear();
  phase_began_ = Clock::now();
  if (style_ == Style::changing_line) {
    redraw();
  } else if (style_ == Style::plain_lines) {
    write(title_ + "\n");
  }
}

void ProgressDisplay::detail(std::string_view line) {
  const std::string text = escape_untrusted(trim(line), shown_bytes);
  if (text.empty()) {
    return;
  }
  if (style_ == Style::plain_lines && verbosity_ == Verbosity::verbose) {
    write("  " + text + "\n");
  }
  detail_ = text;
  // A tool may print thousands of lines a second; nobody reads more than a few, and a slow terminal would slow it down.
  constexpr std::chrono::milliseconds readable(60);
  if (style_ == Style::changing_line && !title_.empty() && Clock::now() - drawn_ >= readable) {
    redraw();
  }
}

void ProgressDisplay::note(std::string_view message) {
  clear();
  write("agentbox: " + escape_lines(message) + "\n");
  if (style_ == Style::changing_line && !title_.empty()) {
    redraw();
  }
}

void ProgressDisplay::finish() {
  clear();
  title_.clear();
  detail_.clear();
}

void ProgressDisplay::redraw() {
  constexpr std::size_t usual_width = 80;
  const auto size = terminal_size(fd_);
  const std::size_t columns = size ? static_cast<std::size_t>(size->columns) : usual_width;
  drawn_ = Clock::now();
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(drawn_ - phase_began_);
  // One column stays free: some terminals wrap when the last one is written to, and then "\r" comes back a line too
  // low.
  write("\r" + progress_line(spinner_++, title_, elapsed, detail_, columns - 1) + "\x1b[K");
  line_shown_ = true;
}

void ProgressDisplay::clear() noexcept {
  if (line_shown_) {
    write("\r\x1b[K");
    line_shown_ = false;
  }
}

/// Progress that cannot be shown is no reason to fail, nor to wait: what a full or closed descriptor does not take is
/// lost.
void ProgressDisplay::write(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(fd_, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace agentbox
