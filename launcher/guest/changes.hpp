// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace agentbox::guest {

/// Writes what the session has changed in its workspace (Layers) to standard output, as a pax archive whose members are
///   tree/PATH    a file, directory or link as it is now
///   gone/PATH    an empty file: what was there below is not there any more, nor is anything in it
///   fresh/PATH   an empty file: nothing of what was there below is in this directory but what the archive holds
///   odd/PATH     an empty file: something that cannot be brought out (a fifo, a socket, a device)
///   closed/PATH  an empty file: something whose content the host keeps closed, and that was moved to here
///   big/PATH     an empty file: a file that would not fit (all contents together are at most most_change_bytes), or a directory in which
///                names would be too long, or more than most_change_depth deep
///   left/PATH    a number: so many files that were changed at or below it are not in the archive (left_out.hpp)
///   end          an empty file, last: the archive is whole
/// Names are bytes. In-process, but for git, which says what it ignores. Throws std::system_error; std::runtime_error when no workspace is mounted.
void write_changes();

/// As much as the host takes.
inline constexpr std::uint64_t most_change_bytes = std::uint64_t{16} << 30U;
inline constexpr int most_change_depth = 128;

}  // namespace agentbox::guest
