// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox::guest {

/// Ends all TCP connections to other machines, as if they had been reset: those of a machine that was restored lead to peers that know
/// nothing of them, and a program that waits for an answer would wait for long. Throws std::system_error.
void end_connections();

}  // namespace agentbox::guest
