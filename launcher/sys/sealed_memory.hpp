// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_text.hpp"
#include "core/units.hpp"
#include "sys/unique_fd.hpp"

#include <string_view>

namespace agentbox {

/// How a secret goes to a child: a file in memory that has no name, cannot grow, shrink or change any more, and stands
/// at its beginning. The child inherits the descriptor and reads it with read_secret(). Throws Error{environment}.
UniqueFd make_sealed_memory(std::string_view content);

/// An empty file in memory that has no name. Throws Error{environment}.
UniqueFd make_memory_file();

/// What is left to read from fd (a sealed memory, or a pipe: then this waits for its end). The buffers on the way are
/// wiped. Throws Error{environment} when it is longer than limit.
SecretText read_secret(int fd, ByteSize limit);

/// For the launcher, first thing in its main(): no core dump of it or of any child (QEMU's holds the guest's memory), be it
/// a file or fed to a program. Unlike protect_process_memory() it leaves /proc and debuggers to the user. Throws
/// Error{environment}.
void forbid_core_dumps();

/// For a process that holds secrets, first thing in its main(): no core dump, and no other process of the same user may
/// read its memory or its /proc files (PR_SET_DUMPABLE). Cannot be undone by what the process does later, except by
/// exec. Throws Error{environment}.
void protect_process_memory();

}  // namespace agentbox
