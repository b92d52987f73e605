// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/listing.hpp"
#include "cli/top/top_keys.hpp"
#include "session/usage_meter.hpp"
#include "sys/terminal.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace agentbox {

/// Session, agent, state, age, processors, memory, disk, network, tokens, cost, project. For the table and for
/// programs.
Listing list_usages(const std::vector<SessionUsage>& usages, std::chrono::system_clock::time_point now);

/// What the terminal is told to show all of it, the chosen session marked. Fits into its size; what came from elsewhere
/// is escaped. Pure.
std::string top_screen(const Listing& listing, const TopKeys& keys, const std::string& message, TerminalSize size);

}  // namespace agentbox
