// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace agentbox {

/// "2026-10-31T07:05:09Z": RFC 3339, UTC.
std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace agentbox
