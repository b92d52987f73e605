// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/connection.hpp"
#include "ssh/handles.hpp"
#include "ssh/socket_wait.hpp"

#include <chrono>
#include <string>
#include <variant>

namespace agentbox {

/// What every attempt of one connect() needs, prepared once.
struct ConnectPlan {
  const SshEndpoint& endpoint;
  SshKeyOwner host_key;
  SshKeyOwner private_key;
  Deadline deadline;
};

/// Nothing is wrong for good: the guest is probably still coming up.
struct TryAgain {
  std::string reason;
};

using AttemptResult = std::variant<SshSessionOwner, TryAgain>;

/// One TCP connection, key exchange, check of the host key and authentication, without blocking anywhere but in wait.
/// It gives up when no SSH banner has come within banner_patience: QEMU's port forwarding accepts at once, long before
/// the guest can answer, and a connection begun too early may hang for as long as TCP's retries do.
///
/// Throws Error{backend} where another attempt cannot help: a wrong host key, our key refused, the VM gone.
AttemptResult attempt_connection(const ConnectPlan& plan, SocketWait& wait, std::chrono::milliseconds banner_patience);

}  // namespace agentbox
