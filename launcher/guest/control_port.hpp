// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// The guest's ends of the machine's serial ports, and how one speaks on the one that is for control (guest/parked.hpp).
namespace agentbox::guest {

/// To be opened once: the kernel gives a port to one opener only. flags: O_NONBLOCK for what follows here. Throws std::system_error.
int open_port(const std::string& device, int flags);

/// The first of these that nobody has open. Throws std::system_error, std::runtime_error.
int open_first_free(const std::vector<std::string>& devices);

/// All at once: lines are short.
void write_line(int port, std::string line);
/// "failed WHY", in one line.
void say_failed(int port, std::string why);
/// "LENGTH\nTEXT", from the launcher. Throws std::system_error when the port ends before.
std::string receive_text(int port);

}  // namespace agentbox::guest
