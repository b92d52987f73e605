// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/relay.hpp"

#include "relay/loop.hpp"

#include <unistd.h>

namespace agentbox {

RelayOutcome relay(RemoteChannel& channel, const RelayOptions& options) { return RelayLoop(channel, options).run(); }

RelayMode choose_relay_mode() {
  return is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO) ? RelayMode::terminal : RelayMode::pipes;
}

}  // namespace agentbox
