// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_text.hpp"
#include "core/units.hpp"
#include "sys/unique_fd.hpp"

#include <string_view>

namespace agentbox {

/// A file in memory that holds content and can never be changed, read from its beginning: for a child's standard input.
/// Throws Error{environment}.
UniqueFd make_sealed_memory(std::string_view content);

/// An empty file in memory that has no name. Throws Error{environment}.
UniqueFd make_memory_file();

/// What is left to read from fd (a file in memory, or a pipe: then this waits for its end). The buffers on the way are
/// wiped. Throws Error{environment} when it is longer than limit.
SecretText read_secret(int fd, ByteSize limit);

/// For the launcher, first thing in its main(): no core dump of it or of any child (QEMU's holds the guest's memory), be it
/// a file or fed to a program. It leaves /proc and debuggers to the user, unlike the gateway's hide_from_others(). Throws
/// Error{environment}.
void forbid_core_dumps();

}  // namespace agentbox
