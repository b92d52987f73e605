// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/process/verdict.hpp"

namespace agentbox {

/// Answers each notification on a seccomp listener until no process is left that it could come from. What cannot be understood is refused.
/// Throws Error{environment} when the kernel does not play along.
void supervise(int listener, const GuardedTrees& trees);

}  // namespace agentbox
