// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/record/cast_writer.hpp"
#include "session/application.hpp"
#include "session/run_plan.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// The session's placeholders, and every secret of its environment: what nothing that is written down may hold.
std::vector<std::string> secrets_of(const RunPlan& plan);

/// The recording that the plan asks for, begun; none: it asks for none. Masks the session's placeholders and every secret of its
/// environment.
std::unique_ptr<CastWriter> begin_recording(const RunPlan& plan, const std::string& session_id,
                                            const Application& application);

/// Of a session by its id, or the beginning of it, or "last": of those that have no file name of the user's. Sessions that have
/// ended, too.
std::optional<std::filesystem::path> find_recording(const std::string& session, const Application& application);

/// The ids of all sessions that have one, oldest first.
std::vector<std::string> recorded_sessions(const Application& application);

}  // namespace agentbox
