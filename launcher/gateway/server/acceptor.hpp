// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/gateway_state.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// Accepts the guest's connections on one listening socket until the io_context ends. Where the guest wanted to go is
/// the accepted socket's own address (getsockname): the listener is transparent.
Task<void> accept_guests(GatewayState& state, UniqueFd listener);

}  // namespace agentbox
