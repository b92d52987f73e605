// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <filesystem>

/// Device state travels through a pipe of ours: QEMU gets neither the state file nor a process to spawn (its sandbox
/// forbids that), and all versions take a pipe, while a plain file on "fd:" is deprecated since QEMU 9.1.
namespace agentbox {

/// QEMU took all of it, or closed its end before that: then it is about to say why, in an event or on stderr.
enum class Fed { all, cut_short };

/// Copies all of file into the pipe and closes that. Throws Error{backend} when QEMU does not read until the deadline.
/// SIGPIPE must be ignored (block_signals()).
Fed feed_state(int file, UniqueFd pipe, Deadline deadline);

/// Copies what QEMU writes into file until it closes its end, then syncs file to the disk. Throws Error{backend} at the
/// deadline, or when it is more than any device state can be.
void drain_state(UniqueFd pipe, int file, Deadline deadline);

/// Copies device state from a file that QEMU has written, where it could have put anything; syncing it is the caller's. What "migrate" would
/// have written behind the state is added (an empty description of it, which QEMU looks for). Throws Error{backend}.
void keep_device_state(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace agentbox
