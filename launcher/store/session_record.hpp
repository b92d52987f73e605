// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/session_store.hpp"

#include <filesystem>

namespace agentbox {

/// state.json in a session's directory. Reading is strict (see StrictJson): what a crash or a stranger left is an
/// Error.
SessionRecord load_session_record(const std::filesystem::path& directory);
/// Atomically: a reader sees the old record or the new one.
void save_session_record(const std::filesystem::path& directory, const SessionRecord& record);

}  // namespace agentbox
