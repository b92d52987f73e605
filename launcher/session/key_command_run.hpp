// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "config/key_command.hpp"
#include "core/secret_text.hpp"

namespace agentbox {

/// Runs a program that prints a key (pass, op, gopass, ...), in / and with our environment, and returns the first line of
/// what it prints. Where there is a terminal the program has it meanwhile, to ask for a PIN or a password; its standard
/// error is shown there, too, and nowhere else.
///
/// Throws Error{environment} when it cannot be started, exits with another status than 0, prints nothing, more than
/// 64 KiB or what no key is, or has not ended after limit; the message names the command, and nothing that it printed.
/// Throws Interrupted, also when Ctrl-C ended the program.
SecretText run_key_command(const KeyCommand& key, std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace agentbox
