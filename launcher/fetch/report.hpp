// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// What agentbox-fetch tells the launcher (image/base/download.cpp) on its standard error, a line each. The address
/// comes in on its standard input, what is at it goes out on its standard output, and its one argument is the most
/// bytes that may come. Other lines are a library's, and mean nothing.
namespace agentbox::fetch_report {

inline constexpr std::size_t longest_address = 4096;    ///< bytes; a pipe takes that at once
inline constexpr char progress[] = "fetch: progress ";  ///< DONE TOTAL, in bytes; TOTAL is 0 where nobody knows
inline constexpr char failure[] = "fetch: failed: ";    ///< REASON; the exit code is 1

}  // namespace agentbox::fetch_report
