// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/exchange.hpp"
#include "gateway/broker/git/commands.hpp"
#include "gateway/broker/guest_connection.hpp"

#include <optional>
#include <string>

namespace agentbox::broker {

/// A push as far as it had to be read to be judged.
struct InspectedPush {
  RequestBody body;               ///< with the bytes read so far, which go on unchanged when the push may
  std::optional<Refusal> refusal;
  std::string report;             ///< the body of a refusal in git's own form; empty: the client did not ask for any
  std::string refs;               ///< what it is to change, for the log
  enum class Guest { there, gone } guest = Guest::there;
};

/// Reads the commands at the beginning of a push's body and judges them, all before a connection to the upstream is made.
/// One ref that may not be changed refuses all of the push. forward: of a push's second step.
boost::asio::awaitable<InspectedPush> inspect_push(GuestConnection& guest, const Forward& forward, RequestBody body);

}  // namespace agentbox::broker
