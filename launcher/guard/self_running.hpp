// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/path_pattern.hpp"

#include <optional>
#include <string>

namespace agentbox {

/// What runs a file of a project on its user's machine without being told to, or as a part of what is done there every day: "git", "an
/// editor", "a build", ... No value: nothing does. By its name alone. Pure.
std::optional<std::string> runs_by_itself(const PathParts& path);

/// Whether a change of this file matters only if what it says to run has changed (package.json: its scripts).
bool says_what_to_run(const PathParts& path);
/// Of two contents of such a file. What cannot be read counts as changed.
bool runs_something_else(const std::string& before, const std::string& after);

}  // namespace agentbox
