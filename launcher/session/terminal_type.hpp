// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/agent_profile.hpp"

namespace agentbox {

/// Where this host keeps descriptions of terminals (terminfo(5)), the user's own first.
std::vector<std::filesystem::path> terminfo_directories();

/// The host's compiled description of the terminal called term, as a file for the guest user's home, where programs look first. None
/// when every guest has it, when there is none, and for a name that could be no terminal's.
std::optional<SeedFile> terminal_description(const std::string& term, const std::vector<std::filesystem::path>& directories);

}  // namespace agentbox
