// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <filesystem>

namespace agentbox {

/// The way to a port of a session's guest, for this user's own processes: a unix socket beside the session's record, on
/// which agentbox-wire hands out TCP sockets of the session's network room. No port of the host is involved.
struct DialSocket {
  std::filesystem::path path;
  Port port;
};

/// A TCP socket on its way to the guest's port: non-blocking, close-on-exec, the connection begun and perhaps not made
/// yet (wait for POLLOUT, then ask SO_ERROR). Waits for agentbox-wire, which answers at once, never for the guest.
/// Throws Error{environment} when the session's network is gone; Interrupted.
UniqueFd dial_guest(const DialSocket& socket, Deadline deadline);

}  // namespace agentbox
