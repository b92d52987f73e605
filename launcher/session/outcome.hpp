// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "relay/relay.hpp"

namespace agentbox {

/// The exit code of a run whose relay ended this way: the command's own, 128+n, 124 (time limit) or 125.
int exit_code_of(const RelayOutcome& outcome);

/// "exit code 0", "killed by SIGTERM", "timed out", ...
std::string describe(const RelayOutcome& outcome);

}  // namespace agentbox
