// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace agentbox {

/// From here on this process can read below project, write to descriptors that it has, and nothing else: a system call filter, and Landlock
/// where the kernel has it. Throws Error{environment}.
void lock_down(const std::filesystem::path& project);

}  // namespace agentbox
