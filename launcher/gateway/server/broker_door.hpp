// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/connection.hpp"

#include <memory>

namespace agentbox {

/// A guest's connection to the broker's port of the gateway: handed to the broker whole.
Task<void> serve_broker_port(std::shared_ptr<Connection> connection);

}  // namespace agentbox
