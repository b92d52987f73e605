// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_text.hpp"
#include "core/units.hpp"
#include "sys/unique_fd.hpp"

#include <filesystem>
#include <string>

namespace agentbox {

/// The whole of a regular file, in a place where somebody else may have put something different: a symbolic link is
/// refused, and so is a FIFO or a device (which could keep us waiting for ever). Throws Error{environment}.
std::string read_regular_file(const std::filesystem::path& path, ByteSize limit);
/// The same, open for reading, non-blocking; no descriptor when nothing is there.
UniqueFd open_regular_file_if_exists(const std::filesystem::path& path);

/// The same for a file that holds a secret: it must belong to us, and nobody else may have any access to it. The error
/// says which command puts that right.
std::string read_private_file(const std::filesystem::path& path, ByteSize limit);
/// The same, and no copy of it stays in freed memory.
SecretText read_private_secret(const std::filesystem::path& path, ByteSize limit);

/// A directory whose files are trusted must be one (no link to one), belong to us, and be writable by nobody else, who could
/// put other files of ours in their place. Throws Error{environment}.
void require_unshared_directory(const std::filesystem::path& path);

}  // namespace agentbox
