// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "gateway/host/gateway_process.hpp"
#include "gateway/host/question_stream.hpp"
#include "session/run_plan.hpp"
#include "store/directories.hpp"
#include "wire/network_room.hpp"

namespace agentbox {

/// Begins to start the gateway of a session: the one process that everything the guest sends ends at, and the only one that gets the
/// real keys. session_directory: the session's own, for its control socket and its log; nothing of QEMU's.
/// Throws what GatewayProcess::begin() does, and Error{environment} for a proxy of the host's that cannot be used.
StartingGateway begin_gateway(const RunPlan& plan, const std::string& session,
                              const std::filesystem::path& session_directory, RoomListeners listeners,
                              const ShippedFiles& shipped);

/// What begin_gateway() has begun, once it serves. Throws what StartingGateway::await_ready() does.
GatewayProcess await_gateway(StartingGateway starting);

/// From here on the gateway asks, as long as the stream lives. Throws Error{environment}.
QuestionStream open_questions(const std::filesystem::path& session_directory);

/// The control socket of a session's gateway, for command_gateway().
std::filesystem::path gateway_socket(const std::filesystem::path& session_directory);

}  // namespace agentbox
