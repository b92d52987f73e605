// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace agentbox::guest {

/// Where a held command is reached; root's.
inline constexpr const char* held_socket = "/run/agentbox/session.sock";

/// Runs a command on a new terminal and shows that on our standard streams, which are its first viewer. When they hang up the command
/// goes on, with or without others (attach()). command: called in the new process, with the terminal as its standard streams and its
/// controlling one; what it returns is the exit code. Returns the command's wait status when it has ended and all was shown.
/// Throws std::system_error.
int hold(const std::string& socket, const std::function<int()>& command);

/// Makes our standard streams a further viewer. Returns the command's wait status; no_held_command when there is none.
int attach(const std::string& socket);
inline constexpr int no_held_command = -1;

/// For a process that takes over from the command here, in a machine that was restored elsewhere: all viewers are of another time.
void drop_viewers(const std::string& socket);

/// Ends this process as a process with that wait status ended.
[[noreturn]] void end_like(int wait_status);

}  // namespace agentbox::guest
