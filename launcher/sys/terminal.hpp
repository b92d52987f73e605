// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <optional>

#include "sys/unique_fd.hpp"

namespace agentbox {

struct TerminalSize {
  int columns;
  int rows;
  friend bool operator==(const TerminalSize&, const TerminalSize&) = default;
};

/// No value when fd is no terminal or does not know its size (0x0).
std::optional<TerminalSize> terminal_size(int fd);

bool is_terminal(int fd);

/// Whether the terminal's driver was told that it is UTF-8 (IUTF8). Many terminals that are do not tell it.
bool is_utf8_terminal(int fd);

/// Whether it is our controlling terminal, and we are in its foreground: what it sends is for us.
bool in_foreground(int fd);

/// Raw mode (cfmakeraw) for as long as the object lives; the former mode comes back on every unwind. restore() and
/// enter() may be used in between (for a job-control stop); both are safe to repeat.
class RawMode {
 public:
  explicit RawMode(int fd);
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

  void enter();
  void restore() noexcept;

 private:
  int fd_;
  termios former_{};
  bool raw_ = false;
};

/// Lends our controlling terminal to a child's process group for as long as the object lives; then it is ours again, in
/// the mode it was in, even if the child was killed while echo was off. Does nothing without a terminal, and when
/// we are in the background ourselves: then it is not ours to lend.
class Foreground {
 public:
  explicit Foreground(pid_t group);
  ~Foreground();
  Foreground(const Foreground&) = delete;
  Foreground& operator=(const Foreground&) = delete;

 private:
  UniqueFd terminal_;  ///< empty: nothing was lent
  termios former_{};
};

}  // namespace agentbox
