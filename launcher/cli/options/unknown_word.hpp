// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

#include <span>
#include <string>
#include <vector>

namespace agentbox {

/// "unknown option "--netwrk"", and in the hint the one that was probably meant.
Error unknown_option(const std::string& option, std::span<const std::string> known, const std::string& see);

/// A first word that is neither an agent nor a command.
Error unknown_command(const std::string& word, const std::vector<std::string>& agents);

/// A word behind "base" and its kin that is none of theirs, or no word at all.
Error unknown_subcommand(const std::string& group, const std::string& word, std::span<const std::string> known);

}  // namespace agentbox
