// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// In a live project a directory of the guest's own appears where the project has one. Where it has none, an empty one
/// is made for the time of the session. A session's directory says which (file "mount-points"), so that whoever removes
/// the session removes them.

/// Before they are made. places: those that are empty or missing in the project now (relative to it). Noted are those
/// that are missing, and those that a session beside this one made: the last one out removes them.
void note_mount_points(const std::filesystem::path& session, const std::filesystem::path& project,
                       const std::vector<std::string>& places);

/// Those that are empty and that no other session has noted. No link is followed.
void remove_mount_points(const std::filesystem::path& session, const std::filesystem::path& project) noexcept;

}  // namespace agentbox
