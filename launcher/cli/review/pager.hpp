// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sys/process.hpp"
#include "sys/terminal.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// The command of the pager that git would choose: GIT_PAGER, core.pager of the user's own (never a repository's) settings, PAGER, less.
/// None when that is "cat" or empty, or the terminal is a dumb one.
std::optional<std::string> wanted_pager();

/// A pager that what is written goes to. It has the terminal as long as this lives; then its user has left it.
class Pager {
 public:
  /// Throws Error{environment} when it cannot be started.
  explicit Pager(const std::string& command);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  /// False when its user has seen enough.
  bool write(std::string_view text);

 private:
  PipeEnds pipe_;
  ChildProcess child_;
  std::optional<Foreground> lent_;
};

}  // namespace agentbox
