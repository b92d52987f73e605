// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/gateway_state.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// Serves the session's control socket (a listening unix socket) until the io_context ends. Peers of another user are
/// closed without a word. One JSON object a line, one line back: {"ok": true, ...} or {"error": "..."}.
///   {"command": "allow", "rule": "host:443"}     from now on, before the policy's own rules
///   {"command": "deny", "rule": "*.host"}        wins over every allow; connections that lived by it end
///   {"command": "reload", "rules": {...}}        all rules anew (rules_json.hpp); wrong ones change nothing
///   {"command": "check", "rule": "host:443"}     what decide() says to a connection there, without making one
///   {"command": "status"}                        counters and refusals
///   {"command": "questions"}                     this connection's user is asked from now on (asking.hpp), while it lasts:
///                                                <- {"question": 7, "name": "host", "port": 443, "last_chance": false,
///                                                    "seconds": 30}      at most one at a time
///                                                -> {"question": 7, "answer": "once|session|always|deny"}
///                                                <- {"withdrawn": 7}     no answer is waited for any more
///   {"command": "stop"}                          answers with the status, and ends the process
Task<void> serve_control(GatewayState& state, UniqueFd listener);

}  // namespace agentbox
