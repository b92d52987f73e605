// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/policy.hpp"
#include "core/units.hpp"
#include "sys/unique_fd.hpp"

#include <vector>

namespace agentbox {

/// A socket that listens on 127.0.0.1 of this machine for a port of the guest; non-blocking.
struct PublishedListener {
  UniqueFd socket;
  Port guest;
};

/// Takes all ports before anything is started, so that one in use is an error at once. Throws Error{environment}.
std::vector<PublishedListener> listen_for(const std::vector<PublishedPort>& ports);

}  // namespace agentbox
