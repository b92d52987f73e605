// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/connection.hpp"

namespace agentbox {

/// What the guest may still turn out to speak.
enum class GuestSpeech {
  judged,   ///< its first bytes have been looked at
  unheard,  ///< it has not spoken; if it now begins with TLS or HTTP it hid that from us, and is cut off
};

/// Moves bytes both ways, connection.received first, until both sides have ended or one has failed; an end of stream is
/// passed on. Each direction holds one buffer, so a slow side stops the fast one. `early` goes to the guest first.
Task<void> tunnel(std::shared_ptr<Connection> connection, GuestSpeech speech, std::string early);

}  // namespace agentbox
