// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// The words of what was written to a terminal, to be read in a log: without colours, titles and other sequences. Where the cursor
/// is set to another line a new line begins, where it is moved to the right there is a space; empty lines are left out. What
/// remains is still the guest's: escape it before it is printed. Pure.
std::string shown_text(std::string_view terminal_output);

}  // namespace agentbox
