// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ssh/keys.hpp"

namespace agentbox {

/// What tells a session's machine from all others, those forked from the same template included.
struct MachineIdentity {
  std::string name;        ///< the session's id, and the guest's host name
  std::string machine_id;  ///< 32 hexadecimal digits
  std::string boot_id;     ///< a UUID
  std::string mac;         ///< unicast, locally administered
  KeyPair host_key;        ///< of a fork's SSH server, but for the session's own connection (docs/decisions/0036)
};

MachineIdentity make_identity(const std::string& session_id);

}  // namespace agentbox
