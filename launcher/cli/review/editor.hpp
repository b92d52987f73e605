// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace agentbox {

/// The command of the editor that git would choose: GIT_EDITOR, core.editor of the user's own (never a repository's)
/// settings, VISUAL, EDITOR, Debian's, vi.
std::string wanted_editor();

/// Lets the user edit a text in a file of ours, in a directory where nothing else is. No value: the editor ended with
/// an error. Throws Error{environment} when it cannot be started, or what it left is too long.
std::optional<std::string> edit_text(const std::string& text);

}  // namespace agentbox
