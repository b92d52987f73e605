// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/invocation.hpp"

#include <string>

namespace agentbox {

/// A script that makes the shell ask `agentbox __complete WORDS...` at the Tab key; see complete.hpp. It works sourced
/// (eval) and as a file in the shell's directory of completions.
std::string completion_script(Shell shell);

}  // namespace agentbox
