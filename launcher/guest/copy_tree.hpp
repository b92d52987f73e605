// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/user.hpp"

#include <string>

namespace agentbox::guest {

/// Copies a tree: files, directories and links, with modes and times; owners become the ones that from shows. What is neither of
/// the three is left out. to must not exist. Throws std::system_error.
void copy_tree(const std::string& from, const std::string& to);

/// One entry of a tree, in the same way; nothing when it is gone.
void copy_entry(const std::string& from, const std::string& to);

/// The same as copy_tree(), but of a git repository's files only what git tracks or would track, and .git itself. False, and nothing done,
/// when it is no repository or there is no git. git runs as user.
bool copy_tracked(const std::string& from, const std::string& to, const User& user);

}  // namespace agentbox::guest
