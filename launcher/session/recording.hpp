// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/record/cast_writer.hpp"
#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "store/session_store.hpp"

#include <nlohmann/json_fwd.hpp>

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

/// What --record said: into this file; empty: into one of ours.
using RecordingFile = std::filesystem::path;
std::optional<RecordingFile> recording_file(const std::optional<std::string>& option);

/// One of a session that runs, by another process than the one that holds it: of what is seen by `exec` or `attach`, which is also in the
/// name of a file of ours. That process is asked for what is to be masked. Throws Error{environment} when it does not answer.
enum class Beside { exec, attach };
std::unique_ptr<CastWriter> begin_recording_beside(const ListedSession& session, Beside command, const RecordingFile& file,
                                                   const Application& application);

/// The answer to that question, and to no other: none when something else is asked.
std::optional<nlohmann::json> answer_about_secrets(const nlohmann::json& request, const RunPlan& plan);

/// Ends it, and says where it is and what it lacks.
void end_recording(CastWriter& recording, Progress& progress);

/// Of a session by its id, or the beginning of it, or "last": of those that have no file name of the user's. Sessions that have
/// ended, too.
std::optional<std::filesystem::path> find_recording(const std::string& session, const Application& application);

/// Where those are.
std::filesystem::path recordings_directory(const Application& application);

/// All of one session that have no file name of the user's, its own first.
std::vector<std::filesystem::path> recordings_of_session(const std::string& id, const Application& application);

/// The names of all that there are, oldest first: a session's id, and for what was recorded beside it ID.exec, ID.attach, ID.exec-2...
std::vector<std::string> recorded_sessions(const Application& application);
/// The session's id in such a name.
std::string session_of_recording(const std::string& name);
/// By what `play` finds it: such a name, or the file's.
std::string recording_name(const std::filesystem::path& file, const Application& application);

}  // namespace agentbox
