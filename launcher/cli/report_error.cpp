// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/report_error.hpp"

#include "core/text.hpp"

#include <csignal>

namespace agentbox {

namespace {

constexpr std::size_t longest_line = 16384;

int signal_of(const Error& error) noexcept {
  const auto* interrupted = dynamic_cast<const Interrupted*>(&error);
  return interrupted != nullptr ? interrupted->signal_number() : 0;
}

}  // namespace

// Whoever throws escapes what a guest has written; one who forgets does no harm. What is escaped already stays as it is.
std::string error_text(const Error& error) {
  if (error.kind() == ErrorKind::interrupted) {
    return signal_of(error) == SIGPIPE ? "" : "agentbox: interrupted\n";
  }
  std::string text;
  for (const auto& line : split(trim(error.what()), '\n')) {
    text += (text.empty() ? "agentbox: error: " : "  ") + escape_untrusted(line, longest_line) + "\n";
  }
  if (!error.hint().empty()) {
    for (const auto& line : split(trim(error.hint()), '\n')) {
      text += line.empty() ? "\n" : "  " + escape_untrusted(line, longest_line) + "\n";
    }
  }
  return text;
}

Error as_bug(const std::exception& error) {
  return Error(ErrorKind::internal, error.what(), "This is a bug in agentbox; please report it.");
}

int exit_code_of(const Error& error) noexcept {
  constexpr int wrong_usage = 2;
  constexpr int time_limit = 124;
  constexpr int own_failure = 125;
  constexpr int by_signal = 128;
  switch (error.kind()) {
    case ErrorKind::usage:
      return wrong_usage;
    case ErrorKind::timed_out:
      return time_limit;
    case ErrorKind::interrupted:
      return by_signal + signal_of(error);
    default:
      return own_failure;
  }
}

}  // namespace agentbox
