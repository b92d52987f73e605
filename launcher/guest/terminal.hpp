// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/fd.hpp"

#include <sys/ioctl.h>

#include <functional>

namespace agentbox::guest {

/// A new terminal with a command on it.
struct TerminalCommand {
  Fd master;  ///< non-blocking
  pid_t pid = -1;
  winsize size{};
};

/// The terminal is as the one on our standard input (modes, size), if there is one. command: see hold(). SIGCHLD must be blocked, and
/// is not in the new process; signals that we ignore are not ignored there. Throws std::system_error.
TerminalCommand start_on_terminal(const std::function<int()>& command);

}  // namespace agentbox::guest
