// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/user.hpp"

#include <string>

namespace agentbox::guest {

/// Copies a tree: files, directories and links, with modes and times; owners become the ones that from shows. What is neither of
/// the three is left out, and so is what goes meanwhile. What the host cannot read stays closed: empty, root's, without any mode, and
/// marked as such, wherever it is moved. user: whose files the host's own are here. to must not exist. Throws std::system_error.
void copy_tree(const std::string& from, const std::string& to, const User& user);

/// One entry of a tree, in the same way.
void copy_entry(const std::string& from, const std::string& to, const User& user);

/// The same as copy_tree(), but of a git repository's files only what git tracks or would track, and .git itself. False, and nothing done,
/// when it is no repository or there is no git. git runs as user.
bool copy_tracked(const std::string& from, const std::string& to, const User& user);

/// Whether it is, or is made of, something in a copy that is closed.
bool is_marked_closed(const std::string& path);

}  // namespace agentbox::guest
