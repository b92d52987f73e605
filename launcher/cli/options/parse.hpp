// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/invocation.hpp"

#include <functional>
#include <string>
#include <vector>

namespace agentbox {

struct CommandLine {
  Invocation invocation;
  Verbosity verbosity = Verbosity::normal;
};

/// argv without the program's name -> what is asked for. Pure but for is_directory, which tells whether a word names an
/// existing directory. Throws Error{usage}. A command word that is none of ours is taken for an agent's name,
/// unchecked.
CommandLine parse_command_line(const std::vector<std::string>& words,
                               const std::function<bool(const std::string& path)>& is_directory);

}  // namespace agentbox
