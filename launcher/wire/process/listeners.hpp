// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

namespace agentbox::wire {

/// See RoomListeners (network_room.hpp).
struct Listeners {
  UniqueFd tcp;
  UniqueFd dns;
};

/// Throws Problem.
Listeners open_listeners();

}  // namespace agentbox::wire
