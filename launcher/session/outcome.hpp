// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "relay/relay.hpp"
#include "session/run_result.hpp"

namespace agentbox {

/// What is to be said of it in a word.
RunEnding ending_of(const RelayOutcome& outcome);

/// The exit code of a run whose relay ended this way: the command's own, 128+n, 122 (a limit of use), 124 (time limit) or 125.
int exit_code_of(const RelayOutcome& outcome);

/// "exit code 0", "killed by SIGTERM", "timed out", ...
std::string describe(const RelayOutcome& outcome);

}  // namespace agentbox
