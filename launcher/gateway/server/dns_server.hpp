// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/gateway_state.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// Answers DNS datagrams on a UDP socket until the io_context ends. The socket may receive for any address
/// (IP_TRANSPARENT): each answer comes from the address that was asked, else the guest's resolver would not take it.
Task<void> serve_dns_datagrams(GatewayState& state, UniqueFd socket);

}  // namespace agentbox
