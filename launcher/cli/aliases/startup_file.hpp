// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/invocation.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace agentbox {

/// The shell of the user's login (SHELL). Throws Error{usage} when it is none that is known here.
Shell login_shell();

/// What an interactive shell of this user reads first: ~/.bashrc, .zshrc in ZDOTDIR or the home directory,
/// fish/config.fish in XDG_CONFIG_HOME. It may not exist. Throws Error{environment} without a home directory.
std::filesystem::path startup_file(Shell shell);

/// The file's text; empty when there is none. Throws Error{environment} for what cannot be read, or is no text of a
/// startup file.
std::string read_startup_file(const std::filesystem::path& file);

/// Replaces the file as a whole, or not at all. A link to it stays one (to a repository of dotfiles, say), and its mode
/// stays.
void write_startup_file(const std::filesystem::path& file, const std::string& text);

/// Takes away one that nobody else has use for. A link, and the file that it leads to, are the user's: that becomes empty.
void remove_startup_file(const std::filesystem::path& file);

}  // namespace agentbox
