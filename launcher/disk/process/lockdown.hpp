// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace agentbox {

/// From here on this process has no capability, can open what is below project to read it, write to the descriptors that it has, and do nothing
/// else but look at names (stat(2), readlink(2)): Landlock and a system call filter. Throws Error{environment}, where there is no Landlock, too.
void lock_down(const std::filesystem::path& project);

}  // namespace agentbox
