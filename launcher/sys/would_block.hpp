// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

namespace agentbox {

/// Whether errno says that a descriptor that does not block (O_NONBLOCK) has nothing to give or take right now, or that a signal
/// came first: not an end, try again when it is ready.
inline bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace agentbox
