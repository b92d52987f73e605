// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace agentbox {

/// A title and lines below it, the first twenty of them; nothing when there are none. The lines are shown as they are.
std::string titled_lines(const std::string& title, const std::vector<std::string>& lines);

/// Above ApplyResult::own.
inline constexpr const char* own_index_title = "Stays as it is, since git has written it here meanwhile (git reset brings it in line with HEAD):";

}  // namespace agentbox
