// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/project_file.hpp"

namespace agentbox {

struct RunRequest;

/// .agentbox.yaml of a project, read without following a link. None: there is none. Throws Error{config} for a wrong one, and
/// Error{environment} for something of that name that is no plain file: what cannot be read is not passed over.
std::optional<ProjectFile> load_project_file(const std::filesystem::path& project);

/// The command line tightened likewise: where it asks for more than the file says, the file's word stays, and a line says so.
RunRequest tighten_request(RunRequest request, const ProjectFile& file, std::vector<std::string>& notes);

}  // namespace agentbox
