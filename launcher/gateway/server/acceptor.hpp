// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/gateway_state.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// Whether a socket of the session's network is not one of the kernel's IPv4, but a unix socket (SOCK_SEQPACKET) on which
/// agentbox-wire, being the guest's TCP/IP itself, hands over what comes (wire/stack/stack.hpp).
bool comes_from_wire(const UniqueFd& socket);

/// Accepts the guest's connections on one listening socket until the io_context ends. Where the guest wanted to go is
/// the accepted socket's own address (getsockname): the listener is transparent. From
/// agentbox-wire connections come whole, each with a label that says it.
Task<void> accept_guests(GatewayState& state, UniqueFd listener);

}  // namespace agentbox
