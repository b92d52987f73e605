// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/http/message_head.hpp"
#include "gateway/server/connection.hpp"

namespace agentbox {

/// Sends a refusal of our own and closes.
Task<void> answer_and_close(Connection& connection, unsigned status, const char* type, std::string message);

/// How a connection goes on after an answer. tunnel: the server has switched to another protocol (101). failed: there
/// was none that could be sent on; exchange() tells the guest and returns close.
enum class AfterAnswer { next_request, close, tunnel, failed };

/// One request, whose head goes up as outgoing, and its answer. The body goes up beside the answer coming down: a
/// server may answer before it has read all. early: what the server has sent behind an earlier answer; afterwards,
/// behind this one.
Task<AfterAnswer> exchange(std::shared_ptr<Connection> connection, RequestHead head, std::string outgoing,
                           std::string& early);

}  // namespace agentbox
