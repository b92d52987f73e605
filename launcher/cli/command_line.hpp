// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace agentbox {

/// All of agentbox but the last resort in main(): parses the words after the program's name, does what they say, and
/// returns the exit code. Throws Error, Interrupted.
int run_command_line(const std::vector<std::string>& words);

}  // namespace agentbox
