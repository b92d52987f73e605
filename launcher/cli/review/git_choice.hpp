// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace agentbox {

/// A setting of the user's own git ("core.pager"): never a repository's, which may be hostile and names programs. No
/// value: there is none, or no git.
std::optional<std::string> choice_of_git(const std::string& setting);

/// Of the environment. Set but empty is an answer, too.
std::optional<std::string> choice_of_environment(const char* name);

}  // namespace agentbox
