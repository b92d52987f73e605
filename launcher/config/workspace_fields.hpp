// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/yaml/node.hpp"

#include <string>
#include <vector>

namespace agentbox {

/// Patterns as in a .gitignore (core/path_pattern.hpp). Throws Error{config} with the place of what is none.
std::vector<std::string> read_patterns(const YamlNode& node);
/// The same where nothing can be taken back: "!" is an error, too, and so are more than 2000.
std::vector<std::string> read_added_patterns(const YamlNode& node);

}  // namespace agentbox
