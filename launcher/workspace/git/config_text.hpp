// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// The last value of "SECTION.KEY" (both in lower case, no subsection) in the text of a git configuration file, as git
/// reads it (git-config(1), "CONFIGURATION FILE"); what it includes is not read. A key without "=" is "true". No value
/// when it is not there. Pure, for hostile bytes. Throws Error{environment} for text that git would not take.
std::optional<std::string> git_config_value(std::string_view text, std::string_view section, std::string_view key);

}  // namespace agentbox
